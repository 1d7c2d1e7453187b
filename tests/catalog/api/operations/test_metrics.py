"""`/metrics`: numbers that Prometheus understands, for who may have them, with labels that nobody can multiply."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from catalog.api.operations import metrics
from catalog.publishing.lease import note_worker
from tests.factories import provider_document, publish, save

TOKEN = "only-for-these-tests"
GAUGES = {
    "registry_database_up", "registry_live_serial", "registry_pending_publishes", "registry_pending_invalidations",
    "registry_last_publish_seconds", "registry_pointer_seconds_left", "registry_worker_silent_seconds",
    "registry_lag_seconds", "registry_publishes", "registry_publish_seconds", "registry_serial",
    "registry_requests", "registry_request_seconds",
}  # fmt: skip


def collect(client: Client, **headers: Any) -> dict[str, Any]:
    """Samples by name and labels."""
    answer = client.get("/metrics", **headers)
    assert answer.status_code == 200, answer.content
    return {
        f"{sample.name}{sorted(sample.labels.values()) if sample.labels else ''}": sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


@pytest.mark.django_db
def test_registry_is_told_in_numbers(client: Client) -> None:
    save("provider", provider_document())
    publish()
    note_worker()

    answer = client.get("/metrics")
    found = collect(client)

    families = {family.name for family in text_string_to_metric_families(answer.content.decode())}
    assert families >= GAUGES - {"registry_requests", "registry_request_seconds"}
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert answer.headers["Cache-Control"] == "no-store"
    assert found["registry_database_up"] == found["registry_live_serial"] == 1
    assert found["registry_serial['database']"] == found["registry_serial['index']"] == 1
    assert found["registry_serial['public']"] == found["registry_pending_publishes"] == 0
    assert found["registry_publishes_total['published']"] == found["registry_publish_seconds_count"] == 1
    assert found["registry_publish_seconds_sum"] == found["registry_last_publish_seconds"] > 0
    assert 0 <= found["registry_worker_silent_seconds"] < 60
    assert found["registry_pointer_seconds_left"] > 6 * 24 * 3600


@pytest.mark.django_db
def test_requests_are_counted_by_route_and_not_by_address(client: Client) -> None:
    before = collect(client)
    for address in ("/api/v1/status", "/api/v1/status?a=b", "/api/v1/tokens/a", "/api/v1/tokens/b", "/healthz"):
        client.get(address)
    for number in range(20):
        client.get(f"/nowhere/{number}")
        client.generic(f"METHOD{number}", "/api/v1/status", REMOTE_ADDR="192.0.2.9")
    after = collect(client)

    grown = {name: after[name] - before.get(name, 0) for name in after if "requests_total" in name}
    counted = {name: count for name, count in grown.items() if count}
    assert counted == {
        "registry_requests_total['200', 'GET', 'api/v1/status']": 1,
        "registry_requests_total['400', 'GET', 'api/v1/status']": 1,
        "registry_requests_total['401', 'GET', 'api/v1/tokens/<slug:id>']": 2,
        "registry_requests_total['200', 'GET', 'none']": 2,
        "registry_requests_total['404', 'GET', 'none']": 20,
        "registry_requests_total['405', 'OTHER', 'api/v1/status']": 20,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("127.0.0.1", 200), ("10.1.2.3", 200), ("192.168.0.9", 200), ("172.16.0.1", 200), ("::1", 200),
        ("fd00::1", 200), ("8.8.8.8", 403), ("2001:4860:4860::8888", 403), ("", 403), ("unix:", 403),
    ],
)  # fmt: skip
def test_without_a_token_private_addresses_may(address: str, status: int, client: Client) -> None:
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == status


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_what_a_proxy_passes_on_is_not_private(header: str, client: Client) -> None:
    answer = client.get("/metrics", headers={header: "127.0.0.1"})

    assert (answer.status_code, b"registry_" in answer.content) == (403, False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"Bearer {TOKEN}x", 403),
        (f"bearer {TOKEN}", 403),
        (TOKEN, 403),
        ("", 403),
        ("Bearer \udcff\u65e5", 403),
    ],
)
def test_with_a_token_only_who_has_it_may(given: str, status: int, client: Client, settings: Settings) -> None:
    settings.REGISTRY_METRICS_TOKEN = TOKEN

    assert client.get("/metrics", headers={"Authorization": given}).status_code == status
    assert client.get("/metrics", headers={"Authorization": given}, REMOTE_ADDR="8.8.8.8").status_code == status


@pytest.mark.django_db
def test_database_that_is_down_is_a_number(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OperationalError("connection to s3cret failed")

    monkeypatch.setattr(metrics, "read_figures", fail)

    found = collect(client)

    assert found["registry_database_up"] == 0
    assert "registry_live_serial" not in found


@pytest.mark.django_db
def test_metrics_are_told_under_any_host(client: Client, settings: Settings, django_assert_num_queries: Any) -> None:
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["registry.example.com"], True

    # Four of the catalogue, two of the deployments.
    with django_assert_num_queries(6):
        assert client.get("/metrics", headers={"Host": "10.0.0.7"}).status_code == 200
    assert client.post("/metrics").status_code == 405


COUNT = """
import os, sys, django
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from catalog.api.operations.metrics import REQUESTS
child = os.fork()
REQUESTS.labels("GET", "api/v1/status", 200).inc()
if child == 0:
    os._exit(0)
os.waitpid(child, 0)
registry = CollectorRegistry()
MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""


def test_processes_count_together(tmp_path: Path) -> None:
    root = Path(metrics.__file__).parents[3]
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PATH": "", "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", COUNT]

    run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)

    assert re.findall(r"^registry_requests_total\{.*\} (\S+)$", run.stdout, re.MULTILINE) == ["2.0"]
