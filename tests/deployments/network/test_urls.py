"""What web addresses are read as."""

import pytest

from deployments.contract import PermanentError
from deployments.network.urls import bracketed, origin_of, read_origin, show_url


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


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://a", "ftp://a:21", "https://", "https://a:b@c", "https://a@c", "https://a:99999", "http://[::1"),
        *("a", "//a", "https://:80", "https://a:0", "https://a b", "https://a\\@b", "https://ex_ample.com"),
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(PermanentError, match="no complete web address") as caught:
        read_origin(url)

    assert caught.value.hint


def test_web_address_is_read() -> None:
    assert read_origin("http://[::1]:5000/a") == ("http", "::1", 5000)


def test_only_an_address_of_ipv6_has_brackets() -> None:
    assert [bracketed(host) for host in ("::1", "10.0.0.1", "example.com")] == ["[::1]", "10.0.0.1", "example.com"]
