"""Connections to judged addresses, of more than one scheme."""

from collections.abc import Iterator
from pathlib import Path

import httpcore
import httpx
import pytest

from deployments.contract import PermanentError, StoppedError, TransientError
from deployments.network.connections import open_client, readable_errors, retry_seconds
from deployments.network.urls import Origin
from tests.deployments.contexts import PlainContext
from tests.deployments.sources.servers import Server, run_server

TIMEOUT = httpx.Timeout(5)


@pytest.fixture
def server() -> Iterator[Server]:
    with run_server() as server:
        yield server


def go_on() -> None:
    """Nobody stops it."""


def test_each_request_is_judged_with_its_scheme_and_sent_where_that_says(server: Server) -> None:
    asked: list[Origin] = []

    def here(origin: Origin) -> list[str]:
        asked.append(origin)
        return ["127.0.0.2", "127.0.0.1"]

    server.serve("/a", b"content")
    with open_client(here, check=go_on, timeout=TIMEOUT) as client:
        assert client.get(f"http://shop.test:{server.port}/a").content == b"content"
        with pytest.raises(httpcore.ConnectError):
            client.get(f"https://shop.test:{server.port}/a")

    assert asked == [("http", "shop.test", server.port), ("https", "shop.test", server.port)]


def test_refusal_of_an_address_ends_the_request(server: Server) -> None:
    def refuse(origin: Origin) -> list[str]:
        raise PermanentError(f"{origin.host} is refused.")

    with (
        open_client(refuse, check=go_on, timeout=TIMEOUT) as client,
        pytest.raises(PermanentError, match=r"shop\.test is refused"),
    ):
        client.get(f"http://shop.test:{server.port}/a")
    assert server.seen == []


def test_work_that_is_stopped_connects_to_nothing(server: Server, tmp_path: Path) -> None:
    context = PlainContext(tmp_path, tmp_path, is_stopped=True)

    with (
        open_client(lambda origin: ["127.0.0.1"], check=context.check, timeout=TIMEOUT) as client,
        pytest.raises(StoppedError),
    ):
        client.get(f"http://shop.test:{server.port}/a")
    assert server.seen == []


def test_environment_names_no_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.serve("/a", b"content")

    with open_client(lambda origin: ["127.0.0.1"], check=go_on, timeout=TIMEOUT) as client:
        assert client.get(f"http://shop.test:{server.port}/a").content == b"content"


@pytest.mark.parametrize("url", ["ftp://shop.test/", "file:///etc/passwd", "gopher://shop.test/"])
def test_only_http_is_spoken(url: str) -> None:
    with (
        open_client(lambda origin: ["127.0.0.1"], check=go_on, timeout=TIMEOUT) as client,
        pytest.raises(PermanentError, match="is no web address"),
        readable_errors("The address"),
    ):
        client.get(url)


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (httpcore.ReadTimeout(), TransientError, "shop.test did not answer in time."),
        (httpcore.RemoteProtocolError(), TransientError, "The answer of shop.test was cut off, or made no sense."),
        (httpcore.ReadError(), TransientError, "shop.test could not be reached, or the connection broke."),
        (httpcore.ConnectError("certificate expired"), PermanentError, "The certificate of shop.test is not trusted."),
    ],
)
def test_errors_of_the_network_are_for_people(error: Exception, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught, readable_errors("shop.test"):
        raise error

    assert (str(caught.value), caught.value.__cause__) == (message, error)


@pytest.mark.parametrize(("said", "seconds"), [("42", 42), ("99999", 3600), ("soon", 7), ("-1", 7), ("", 7)])
def test_server_says_how_long_to_wait(said: str, seconds: float) -> None:
    assert retry_seconds(httpx.Headers({"Retry-After": said}), otherwise=7) == seconds
