"""Where targets may send to; no names are looked up but this machine's."""

import socket
from ipaddress import ip_network
from typing import Any

import pytest

from deployments.contract import PermanentError, TransientError
from deployments.targets.addresses import find_addresses, place_of


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://1.1.1.1", ("1.1.1.1",)),
        ("https://[2606:4700:4700::1111]:5000/a", ("2606:4700:4700::1111",)),
        ("http://127.0.0.1:5000", ("127.0.0.1",)),
        ("http://[::1]:5000", ("::1",)),
    ],
)
def test_public_servers_and_this_machine_are_sent_to(url: str, found: tuple[str, ...]) -> None:
    assert find_addresses(place_of(url)) == found


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://1.1.1.1", "not sent to without TLS"),
        ("https://10.0.0.1", "not at a public address"),
        ("http://169.254.169.254", "not at a public address"),
        ("https://[::ffff:10.0.0.1]", "not at a public address"),
        ("https://[fd00::1]", "not at a public address"),
        ("https://0.0.0.0", "not at a public address"),
    ],
)
def test_others_are_refused(url: str, reason: str) -> None:
    with pytest.raises(PermanentError, match=reason) as caught:
        find_addresses(place_of(url))
    assert caught.value.hint


def test_networks_of_the_settings_are_sent_to_without_tls_too(settings: Any) -> None:
    settings.REGISTRY_SOURCE_NETWORKS = [ip_network("10.0.0.0/8")]

    assert find_addresses(place_of("http://10.1.2.3:5000"), may_be_here=False) == ("10.1.2.3",)


def test_this_machine_is_refused_to_answers_from_elsewhere() -> None:
    with pytest.raises(PermanentError, match="not at a public address"):
        find_addresses(place_of("http://localhost:5000"), may_be_here=False)


def test_name_that_leads_to_this_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    with pytest.raises(PermanentError, match=r"shop\.example is not at a public address"):
        find_addresses(place_of("https://shop.example"))


def test_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    places = (("1.1.1.1", 443), ("10.0.0.1", 443))
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    with pytest.raises(PermanentError, match="not at a public address"):
        find_addresses(place_of("https://shop.example"))


def test_unknown_name_is_transient() -> None:
    with pytest.raises(TransientError, match=r"The name nobody\.example was not found"):
        find_addresses(place_of("https://nobody.example"))


@pytest.mark.parametrize(
    "url", ["ftp://a", "https://", "https://a:b@c", "https://a:99999", "http://[::1", "a", "//a", "https://:80"]
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(PermanentError, match="web address"):
        place_of(url)
