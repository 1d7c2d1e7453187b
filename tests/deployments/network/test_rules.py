"""Which servers may be reached."""

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

import pytest

from deployments.contract import PermanentError, TransientError
from deployments.network.rules import Rules
from deployments.network.urls import Origin, origin_of
from tests.deployments.network.test_addresses import NOT_PUBLIC, PUBLIC

SERVER = Origin("https", "example.com", 443)
NEAR = ["10.20.0.0/16", "fd12::/48", "::1/128"]
HERE = ["127.0.0.0/8"]


def rules_at(*addresses: str, networks: Sequence[str] = (), **more: Any) -> Rules:
    return Rules(look_up=lambda host, port: addresses, networks=tuple(map(ip_network, networks)), **more)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_found(address: str) -> None:
    assert rules_at(address).find_addresses(SERVER) == (address,)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(PermanentError) as caught:
        rules_at(address).find_addresses(SERVER)

    assert str(caught.value) == "example.com is not at a public address, and not connected to."
    assert "REGISTRY_SOURCE_NETWORKS" in caught.value.hint


@pytest.mark.parametrize("found", [["10.0.0.1", "8.8.8.8"], ["8.8.8.8", "::1"]])
def test_name_is_refused_if_one_of_its_addresses_is_not_public(found: list[str]) -> None:
    with pytest.raises(PermanentError, match=r"example\.com is not at a public address"):
        rules_at(*found).find_addresses(SERVER)


@pytest.mark.parametrize("address", ["10.20.0.7", "::ffff:10.20.0.7", "fd12::7", "::1"])
def test_address_of_an_allowed_network_is_found(address: str) -> None:
    assert rules_at(address, "8.8.8.8", networks=NEAR).find_addresses(SERVER) == (address, "8.8.8.8")


@pytest.mark.parametrize("address", ["10.21.0.7", "64:ff9b::10.20.0.7"])
def test_allowed_network_allows_nothing_else(address: str) -> None:
    with pytest.raises(PermanentError):
        rules_at(address, networks=NEAR).find_addresses(SERVER)


def test_name_that_is_not_found_may_be_found_later() -> None:
    with pytest.raises(TransientError, match=r"The name nowhere\.example was not found"):
        Rules().find_addresses(Origin("https", "nowhere.example", 443))


def test_scheme_is_judged_with_the_address() -> None:
    server = Origin("http", "example.com", 80)

    assert rules_at("8.8.8.8", schemes=frozenset({"http"})).find_addresses(server) == ("8.8.8.8",)
    with pytest.raises(PermanentError, match=r"example\.com is not connected to without TLS"):
        rules_at("8.8.8.8").find_addresses(server)


def test_near_scheme_is_for_allowed_networks_and_home() -> None:
    rules = rules_at("10.20.0.7", networks=[*NEAR, *HERE], home="127.0.0.1", near_schemes=frozenset({"http"}))

    assert rules.find_addresses(Origin("http", "example.com", 80)) == ("10.20.0.7",)
    assert rules.find_addresses(Origin("http", "127.0.0.1", 80)) == ("127.0.0.1",)
    with pytest.raises(PermanentError, match="without TLS") as caught:
        rules.find_addresses(Origin("http", "8.8.8.8", 80))
    assert caught.value.hint == "Begin its address with https://."


def test_home_is_this_machine_only_by_an_address_or_as_localhost() -> None:
    def at_home(host: str) -> tuple[str, ...]:
        return rules_at("127.0.0.1", networks=HERE, home=host).find_addresses(Origin("https", host, 443))

    assert [at_home(host) for host in ("127.0.0.1", "localhost")] == [("127.0.0.1",), ("127.0.0.1",)]
    for host in ("shop.example", "127.1"):
        with pytest.raises(PermanentError, match="is not at a public address"):
            at_home(host)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_home_is_no_leave_to_reach_this_machine(host: str) -> None:
    with pytest.raises(PermanentError, match="is not at a public address"):
        rules_at("127.0.0.1", home=host).find_addresses(Origin("https", host, 443))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::ffff:127.0.0.1"])
def test_this_machine_is_refused_to_answers_from_elsewhere(host: str) -> None:
    with pytest.raises(PermanentError, match="not at a public address"):
        rules_at("127.0.0.1", networks=HERE, home="shop.example").find_addresses(Origin("https", host, 443))


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


def test_check_names_the_url_without_its_secrets() -> None:
    with pytest.raises(PermanentError, match=r"^http://example\.com/a cannot be used\.$") as caught:
        Rules().check("http://example.com/a?token=hush")

    assert caught.value.hint == "Addresses must begin with https://."
    assert origin_of("http://example.com/a?token=hush").host == "example.com"
