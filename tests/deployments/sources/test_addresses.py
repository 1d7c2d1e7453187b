"""Which addresses may be fetched from."""

from collections.abc import Sequence
from ipaddress import ip_network

import pytest
from pytest_django import Settings

from deployments.contract import PermanentError, TransientError
from deployments.sources.addresses import Rules, look_up, origin_of, show_url

PUBLIC = ["93.184.215.14", "2606:50c0:8000::153", "2a00:1450:4001::1", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"]
NOT_PUBLIC = [
    *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("192.0.0.8", "192.0.0.9", "192.0.2.1", "192.88.99.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1", "fe80::1%eth0", "fec0::1"),
    *("fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1"),
    *("2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1"),
]


def rules_at(*addresses: str, networks: Sequence[str] = ()) -> Rules:
    return Rules(look_up=lambda host, port: addresses, networks=tuple(map(ip_network, networks)))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_found(address: str) -> None:
    assert rules_at(address).find_addresses("example.com", 443) == (address,)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(PermanentError) as caught:
        rules_at(address).find_addresses("example.com", 443)

    assert str(caught.value) == "example.com is not at a public address, and not fetched from."
    assert "REGISTRY_SOURCE_NETWORKS" in caught.value.hint


def test_only_the_public_addresses_of_a_name_are_used() -> None:
    assert rules_at("10.0.0.1", "8.8.8.8", "::1").find_addresses("example.com", 443) == ("8.8.8.8",)


@pytest.mark.parametrize(
    ("address", "network"),
    [("10.20.0.7", "10.20.0.0/16"), ("::ffff:10.20.0.7", "10.20.0.0/16"), ("fd12::7", "fd12::/48"), ("::1", "::1/128")],
)
def test_address_of_an_allowed_network_is_found(address: str, network: str) -> None:
    assert rules_at(address, networks=[network]).find_addresses("git.example.com", 443) == (address,)


def test_allowed_network_allows_nothing_else() -> None:
    with pytest.raises(PermanentError):
        rules_at("10.21.0.7", networks=["10.20.0.0/16", "fd12::/48"]).find_addresses("git.example.com", 443)


def test_name_that_is_not_found_may_be_found_later() -> None:
    with pytest.raises(TransientError, match=r"The name nowhere\.example was not found"):
        Rules().find_addresses("nowhere.example", 443)


def test_this_machine_is_looked_up_once_for_each_address() -> None:
    assert look_up("127.0.0.1", 80) == ["127.0.0.1"]


GOOD_URLS = [
    "https://example.com",
    "https://EXAMPLE.com:8443/a/b?c=d#e",
    "https://8.8.8.8/a",
    "https://[2606:50c0::1]/a",
]


@pytest.mark.parametrize("url", GOOD_URLS)
def test_public_url_is_no_problem(url: str) -> None:
    assert Rules().problem_of(url) == ""


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://example.com/", "Addresses must begin with https://."),
        ("ftp://example.com/", "Addresses must begin with https://."),
        ("ssh://example.com/", "Addresses must begin with https://."),
        ("ssh://-oProxyCommand=touch/", "It is no complete web address."),
        ("ext::sh -c touch", "It is no complete web address."),
        ("file:///etc/passwd", "It is no complete web address."),
        ("/etc/passwd", "It is no complete web address."),
        ("--upload-pack=touch", "It is no complete web address."),
        ("", "It is no complete web address."),
        ("https://", "It is no complete web address."),
        ("https:///a", "It is no complete web address."),
        ("https://[::1", "It is no complete web address."),
        ("https://example.com:0/", "It is no complete web address."),
        ("https://example.com:99999/", "It is no complete web address."),
        ("https://example.com/a b", "It is no complete web address."),
        ("https://example.com/a\nb", "It is no complete web address."),
        ("https://example.com\\@10.0.0.1/", "Addresses must not contain a user name or password; use a secret."),
        ("https://example.com/\\a", "It is no complete web address."),
        ("https://ex_ample.com/", "It is no complete web address."),
        ("https://bäcker.example/", "It is no complete web address."),
        ("https://git:hush@example.com/", "Addresses must not contain a user name or password; use a secret."),
        ("https://git@example.com/", "Addresses must not contain a user name or password; use a secret."),
    ],
)
def test_url_that_cannot_be_used_has_a_problem(url: str, problem: str) -> None:
    assert Rules().problem_of(url) == problem


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest/meta-data/"])
def test_url_of_an_address_that_is_not_public_has_a_problem(url: str) -> None:
    assert "is not a public address" in Rules().problem_of(url)


def test_hosts_can_be_named() -> None:
    rules = Rules(hosts=("github.com", ".example.com"))

    assert [rules.problem_of(f"https://{host}/") == "" for host in ("github.com", "git.example.com")] == [True, True]
    for host in ("example.com", "api.github.com", "github.com.evil.test", "evilexample.com", "8.8.8.8"):
        assert rules.problem_of(f"https://{host}/") == (
            f"Sources are not fetched from {host}; an administrator decides with REGISTRY_SOURCE_HOSTS."
        )


def test_settings_make_the_rules(settings: Settings) -> None:
    assert Rules.configured() == Rules()

    settings.REGISTRY_SOURCE_HTTP = True
    settings.REGISTRY_SOURCE_HOSTS = ["git.example.com"]
    settings.REGISTRY_SOURCE_NETWORKS = [ip_network("10.0.0.0/8")]

    assert Rules.configured() == Rules(frozenset({"http", "https"}), ("git.example.com",), (ip_network("10.0.0.0/8"),))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.com/a/b?token=hush#hush", "https://example.com/a/b"),
        ("https://example.com:8443", "https://example.com:8443"),
        ("https://[::1]:8443/a", "https://[::1]:8443/a"),
        ("https://git:hush@example.com/", "The address"),
        ("hush", "The address"),
    ],
)
def test_shown_url_holds_no_secret(url: str, shown: str) -> None:
    assert show_url(url) == shown


def test_origin_has_the_port_that_is_meant() -> None:
    assert origin_of("https://Example.com/a") == origin_of("https://example.com:443/b") == ("https", "example.com", 443)
    assert origin_of("http://example.com/") == ("http", "example.com", 80)
