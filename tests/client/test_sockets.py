"""What servers do over real sockets: pack, lie about lengths, hang, or are not there."""

import gzip
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest
from registry_client import DigestMismatch, Malformed, RegistryUnavailable, TooLarge

from tests.client.conftest import Make
from tests.client.serving import Server
from tests.factories import SANITY


def streamed(content: bytes, **headers: str) -> httpx.Response:
    return httpx.Response(
        200, stream=httpx.ByteStream(content), headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


@pytest.mark.parametrize("path", ["current.json", "keys.json", "snapshots", "bundles"])
def test_packed_answers_are_unpacked(make_client: Make, server: Server, address: str, path: str) -> None:
    """A CDN that packs what nobody asked it to; a server that calls a bundle's own gzip a packed JSON file."""

    def fault(request: httpx.Request, asked: str) -> httpx.Response | None:
        if not asked.startswith(path):
            return None
        content = server.registry.files[asked]
        return streamed(content if path == "bundles" else gzip.compress(content), Content_Encoding="gzip")

    server.fault = fault
    assert make_client(address, transport=None).get_provider("cms", "sanity") == SANITY


@pytest.mark.parametrize(
    ("path", "length", "error"),
    [
        # What has fewer bytes than were announced may come whole at the next try; what has too many is none at all.
        *(("current.json", "50000", RegistryUnavailable), ("current.json", "1000000", TooLarge)),
        *(("snapshots", "1000000", RegistryUnavailable), ("snapshots", "100000000", TooLarge)),
        *(("bundles", "1000", RegistryUnavailable), ("bundles", "1000000", TooLarge)),
        *(("current.json", "10", Malformed), ("snapshots", "10", DigestMismatch), ("bundles", "10", DigestMismatch)),
    ],
    ids=range(9),
)
def test_wrong_length_is_an_error(
    make_client: Make, server: Server, address: str, path: str, length: str, error: type[Exception]
) -> None:
    def fault(request: httpx.Request, asked: str) -> httpx.Response | None:
        if not asked.startswith(path):
            return None
        return streamed(server.registry.files[asked], X_Length=length, Connection="close")

    server.fault = fault
    with pytest.raises(error, match=path) as caught:
        make_client(address, transport=None).get_provider("cms", "sanity")
    assert type(caught.value) is error


def test_server_that_hangs_is_given_up(make_client: Make, server: Server, address: str) -> None:
    release = threading.Event()

    def fault(request: httpx.Request, path: str) -> None:
        release.wait(20)

    server.fault = fault
    try:
        with pytest.raises(RegistryUnavailable):
            make_client(address, transport=None, timeout_seconds=0.2).get_provider("cms", "sanity")
    finally:
        release.set()


@contextmanager
def dripping(start: bytes, drop: bytes) -> Iterator[str]:
    """The address of a server that goes on answering for ever, a little at a time."""
    stop = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65_536)
            self.request.sendall(start)
            with suppress(OSError):
                while not stop.wait(0.05):
                    self.request.sendall(drop)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            stop.set()
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("through_proxy", [False, True], ids=["directly", "through a proxy"])
@pytest.mark.parametrize(
    ("start", "drop"),
    [(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"), (b"HTTP/1.1 200 OK\r\n\r\n", b" "), (b"", b"H")],
    ids=["headers", "body", "status"],
)
def test_answer_that_never_ends_is_given_up(
    make_client: Make, monkeypatch: pytest.MonkeyPatch, start: bytes, drop: bytes, through_proxy: bool
) -> None:
    with dripping(start, drop) as address:
        if through_proxy:
            monkeypatch.setenv("HTTP_PROXY", address)
        client = make_client("http://registry.test" if through_proxy else address, transport=None, timeout_seconds=0.3)
        asked: list[BaseException] = []

        def ask() -> None:
            try:
                client.get_builders()
            except RegistryUnavailable as error:
                asked.append(error)

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        thread.join(10)
        has_given_up = not thread.is_alive()
    assert has_given_up
    assert [type(error) for error in asked] == [RegistryUnavailable]


def test_connection_that_was_dropped_is_tried_once_more(make_client: Make, server: Server, address: str) -> None:
    dropped: list[str] = []

    def fault(request: httpx.Request, path: str) -> None:
        if path not in dropped:
            dropped.append(path)
            raise ConnectionError("the server hangs up")

    server.fault = fault
    assert make_client(address, transport=None).get_provider("cms", "sanity") == SANITY
    assert sorted(server.seen()) == sorted(2 * dropped)


def test_nobody_listens(make_client: Make) -> None:
    with pytest.raises(RegistryUnavailable, match=r"^http://127\.0\.0\.1:1/current\.json: "):
        make_client("http://127.0.0.1:1", transport=None).get_manifest()
