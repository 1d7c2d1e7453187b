"""The probe of load balancers: answered under any host, where everything else is refused."""

import pytest
from django.test import Client
from pytest_django import Settings


@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/registry/current.json", 400)])
def test_only_the_probe_is_answered_under_a_foreign_host(
    path: str, status: int, client: Client, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["registry.example.com"]

    assert client.get(path, headers={"Host": "10.0.0.7:8000"}).status_code == status


def test_probe_is_not_redirected_to_https(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/healthz").status_code == 200
