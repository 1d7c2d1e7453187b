"""Where targets may send to; no names are looked up but this machine's."""

import socket
from ipaddress import ip_network
from typing import Any

import pytest

from deployments.contract import PermanentError
from deployments.network.urls import read_origin
from deployments.targets.rules import rules_for
from tests.deployments.targets.conftest import THIS_MACHINE


def at_home(url: str) -> tuple[str, ...]:
    """The addresses of a server that a target's config names."""
    origin = read_origin(url)
    return rules_for(origin.host).find_addresses(origin)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://1.1.1.1", ("1.1.1.1",)),
        ("https://[2606:4700:4700::1111]:5000/a", ("2606:4700:4700::1111",)),
    ],
)
def test_public_servers_are_sent_to(url: str, found: tuple[str, ...]) -> None:
    assert at_home(url) == found


@pytest.mark.parametrize("url", ["http://127.0.0.1:6379", "http://localhost:5000", "https://[::1]:5000"])
def test_this_machine_is_sent_to_if_the_settings_allow_it(url: str, settings: Any) -> None:
    with pytest.raises(PermanentError, match="not at a public address") as caught:
        at_home(url)
    assert "REGISTRY_SOURCE_NETWORKS" in caught.value.hint

    settings.REGISTRY_SOURCE_NETWORKS = THIS_MACHINE
    assert set(at_home(url)) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://1.1.1.1", "not connected to without TLS"),
        ("https://10.0.0.1", "not at a public address"),
        ("http://169.254.169.254", "not at a public address"),
        ("https://[::ffff:10.0.0.1]", "not at a public address"),
        ("https://[fd00::1]", "not at a public address"),
        ("https://0.0.0.0", "not at a public address"),
    ],
)
def test_others_are_refused(url: str, reason: str) -> None:
    with pytest.raises(PermanentError, match=reason) as caught:
        at_home(url)
    assert caught.value.hint


def test_networks_of_the_settings_are_sent_to_without_tls_too(settings: Any) -> None:
    settings.REGISTRY_SOURCE_NETWORKS = [ip_network("10.0.0.0/8")]

    assert rules_for("shop.example").find_addresses(read_origin("http://10.1.2.3:5000")) == ("10.1.2.3",)


def test_this_machine_is_refused_to_answers_from_elsewhere(settings: Any) -> None:
    settings.REGISTRY_SOURCE_NETWORKS = THIS_MACHINE
    with pytest.raises(PermanentError, match="not at a public address"):
        rules_for("shop.example").find_addresses(read_origin("http://localhost:5000"))


def test_name_that_leads_to_this_machine_is_refused(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.REGISTRY_SOURCE_NETWORKS = THIS_MACHINE
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    with pytest.raises(PermanentError, match=r"shop\.example is not at a public address"):
        at_home("https://shop.example")


def test_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    places = (("1.1.1.1", 443), ("10.0.0.1", 443))
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    with pytest.raises(PermanentError, match="not at a public address"):
        at_home("https://shop.example")
