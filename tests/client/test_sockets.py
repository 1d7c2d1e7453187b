"""What servers do over real sockets: pack, lie about lengths, hang, or are not there."""

import gzip
import threading

import httpx
import pytest
from registry_client import RegistryUnavailable

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


@pytest.mark.parametrize("length", ["1000000", "10"])
@pytest.mark.parametrize("path", ["current.json", "snapshots", "bundles"])
def test_wrong_length_is_an_error(make_client: Make, server: Server, address: str, path: str, length: str) -> None:
    def fault(request: httpx.Request, asked: str) -> httpx.Response | None:
        if not asked.startswith(path):
            return None
        return streamed(server.registry.files[asked], X_Length=length, Connection="close")

    server.fault = fault
    with pytest.raises(Exception, match=r"current|snapshots|bundles") as caught:
        make_client(address, transport=None, timeout_seconds=0.5).get_provider("cms", "sanity")
    assert type(caught.value).__module__ == "registry_client.errors"


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
