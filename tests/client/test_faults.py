"""Networks and disks that fail: the last good copy is served, never called fresh; then the fallback, then an error."""

import gzip
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from registry_client import EntryNotFound, RegistryClient, RegistryUnavailable
from registry_client.disk import DiskCache

from tests.client.conftest import Make, Seconds
from tests.client.registry import URL, Fault, MemoryRegistry, Server, answer_from, serve
from tests.factories import KEY, SANITY, provider_document

MIRROR = "https://mirror.test"
Respond = Callable[[], httpx.Response]


def broken(request: httpx.Request, path: str) -> httpx.Response:
    return httpx.Response(500)


def unreachable(request: httpx.Request, path: str) -> httpx.Response:
    raise httpx.ConnectError("no route to host")


def only_at(host: str, fault: Fault) -> Fault:
    return lambda request, path: fault(request, path) if request.url.host == host else None


@pytest.mark.parametrize("fault", [broken, unreachable])
def test_stale_copy_is_served_then_the_error_is_raised(
    client: RegistryClient, server: Server, clock: Seconds, fault: Fault
) -> None:
    assert client.get_provider("cms", "sanity") == SANITY
    server.fault = fault
    clock.move(days=6)
    assert (client.get_provider("cms", "sanity"), client.status().fresh) == (SANITY, False)
    assert isinstance(client.status().last_error, RegistryUnavailable)
    clock.move(days=2)
    with pytest.raises(RegistryUnavailable):
        client.get_provider("cms", "sanity")


def test_failed_refresh_is_not_tried_again_at_once(client: RegistryClient, server: Server, clock: Seconds) -> None:
    client.get_builders()
    server.fault = broken
    clock.move(seconds=301)
    server.seen()
    client.get_builders()
    client.get_builders()
    clock.move(seconds=29)
    client.get_builders()
    assert server.seen() == ["current.json"]
    clock.move(seconds=2)
    client.get_builders()
    assert server.seen() == ["current.json"]


def test_mirror_answers_when_the_first_does_not(make_client: Make, server: Server) -> None:
    server.fault = only_at("registry.test", broken)
    client = make_client(mirrors=[MIRROR])
    assert (client.get_provider("cms", "sanity"), client.source) == (SANITY, "mirror")


def test_mirror_has_what_the_first_has_lost(make_client: Make, server: Server, registry: MemoryRegistry) -> None:
    bundle = registry.bundle_of("providers/cms")
    damaged = registry.copy()
    damaged.corrupt(bundle)
    server.fault = only_at("registry.test", lambda request, path: answer_from(damaged.files, request, path))
    client = make_client(mirrors=[MIRROR])
    assert (client.get_provider("cms", "sanity"), client.source) == (SANITY, "cdn")


def test_error_of_the_first_notes_what_the_mirrors_said(make_client: Make, server: Server) -> None:
    server.fault = broken
    with pytest.raises(
        RegistryUnavailable, match=r"^https://registry\.test/current\.json answered with status 500"
    ) as caught:
        make_client(mirrors=[MIRROR]).refresh()
    assert caught.value.__notes__ == [f"{MIRROR}/current.json answered with status 500."]


@pytest.mark.parametrize("at", range(1, 5))
def test_network_that_goes_away_within_a_refresh_breaks_no_read(
    client: RegistryClient, server: Server, registry: MemoryRegistry, clock: Seconds, at: int
) -> None:
    before = client.get_all_providers()
    registry.publish(
        provider_document("tina", display_name="New"),
        provider_document("foxy", provider_type="ecommerce", cms_type=None, ecommerce_type="cart_overlay"),
    )
    clock.move(seconds=301)
    server.seen()
    server.fault = lambda request, path: httpx.Response(503) if len(server.requests) >= at else None
    after = client.get_all_providers()
    assert len(after) == (4 if at < 5 else 5)
    assert after == before


def test_given_fallback_answers_last(make_client: Make, server: Server) -> None:
    server.fault = broken
    client = make_client(
        fallback={"providers/cms/sanity.json": SANITY, "manifest.json": {"providers": {"cms": ["sanity"]}}}
    )
    assert client.get_provider("cms", "sanity") == SANITY
    assert client.get_all_providers() == [SANITY]
    assert client.get_manifest() == {"providers": {"cms": ["sanity"]}}
    assert (client.source, client.status().fresh, client.status().serial) == ("fallback", False, None)
    with pytest.raises(EntryNotFound):
        client.get_provider("cms", "tina")
    server.fault = None
    assert (len(client.get_all_providers()), client.source) == (4, "cdn")


def test_packaged_folder_answers_last_however_old(
    make_client: Make, server: Server, registry: MemoryRegistry, clock: Seconds, tmp_path: Path
) -> None:
    write_tree(registry, tmp_path)
    server.fault = broken
    clock.move(days=400)
    client = make_client(fallback=tmp_path)
    assert (len(client.get_all_providers()), client.source, client.snapshot_serial) == (4, "fallback", 1)
    assert client.status().fresh is False


def test_part_that_cannot_be_loaded_comes_from_the_fallback_whole(
    make_client: Make, server: Server, registry: MemoryRegistry, tmp_path: Path
) -> None:
    write_tree(registry, tmp_path)
    registry.publish(provider_document("tina", display_name="New"))
    server.fault = lambda request, path: httpx.Response(503) if path.startswith("bundles/") else None
    client = make_client(fallback=tmp_path)
    assert (client.get_provider("cms", "tina"), client.source) == (provider_document("tina"), "fallback")


def write_tree(registry: MemoryRegistry, folder: Path) -> None:
    for path, content in registry.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


# Over real sockets.


def streamed(content: bytes, **headers: str) -> httpx.Response:
    return httpx.Response(
        200, stream=httpx.ByteStream(content), headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


@pytest.fixture
def address(server: Server) -> Iterator[str]:
    with serve(server) as found:
        yield found


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


def test_nobody_listens(make_client: Make) -> None:
    with pytest.raises(RegistryUnavailable, match=r"^http://127\.0\.0\.1:1/current\.json: "):
        make_client("http://127.0.0.1:1", transport=None).get_manifest()


# Disks.


def test_cache_where_nobody_may_write_costs_no_answer(make_client: Make) -> None:
    """Not even root may make a folder there."""
    assert make_client(cache_dir="/proc/registry-client").get_provider("cms", "sanity") == SANITY


def test_cache_that_is_a_file_costs_no_answer(
    make_client: Make, cache_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache_dir.write_text("in the way")
    client = make_client(cache_dir=cache_dir)
    assert (client.get_provider("cms", "sanity"), len(client.get_stacks())) == (SANITY, 3)
    assert len([message for message in caplog.messages if "reading goes on without it" in message]) == 1


def test_full_disk_costs_no_answer(make_client: Make, cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_client(cache_dir=cache_dir).get_builders()

    def refuse(self: DiskCache, path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(DiskCache, "_replace", refuse)
    client = make_client(cache_dir=cache_dir)
    assert (client.get_provider("cms", "sanity"), client.source) == (SANITY, "disk")


@pytest.mark.parametrize("content", [b"", b"{}", b"[", b'{"version": 99}', b"\x00" * 100, b"null"])
def test_damaged_state_is_no_state(make_client: Make, cache_dir: Path, content: bytes) -> None:
    make_client(cache_dir=cache_dir).get_builders()
    (state,) = cache_dir.glob("*/state.json")
    state.write_bytes(content)
    client = make_client(cache_dir=cache_dir)
    assert (client.get_provider("cms", "sanity"), client.source) == (SANITY, "cdn")


def test_damaged_blobs_are_fetched_again(make_client: Make, cache_dir: Path, server: Server) -> None:
    make_client(cache_dir=cache_dir).get_all_providers()
    for blob in cache_dir.glob("*/blobs/*"):
        blob.write_bytes(blob.read_bytes()[:-1])
    server.seen()
    assert len(make_client(cache_dir=cache_dir).get_all_providers()) == 4
    assert len(server.seen()) >= 3


def test_foreign_state_is_not_believed(make_client: Make, cache_dir: Path, tmp_path: Path) -> None:
    """What was put there is signed by nobody that this client trusts."""
    make_client(cache_dir=cache_dir).get_builders()
    (state,) = cache_dir.glob("*/state.json")
    members = json.loads(state.read_text())
    state.write_text(json.dumps({**members, "pointer": members["keys"], "serial": 99}))
    client = make_client(cache_dir=cache_dir)
    assert (client.get_provider("cms", "sanity"), client.source, client.snapshot_serial) == (SANITY, "cdn", 1)


def test_old_blobs_are_collected(make_client: Make, cache_dir: Path, registry: MemoryRegistry, clock: Seconds) -> None:
    client = make_client(cache_dir=cache_dir)
    client.get_all_providers()
    for blob in cache_dir.glob("*/blobs/*"):
        os.utime(blob, (time.time() - 100_000,) * 2)
    registry.publish(provider_document("tina", display_name="New"))
    client.refresh()
    used = {registry.snapshots()[-1], registry.bundle_of("providers/cms"), registry.bundle_of("providers/ecommerce")}
    kept = {blob.name for blob in cache_dir.glob("*/blobs/*")}
    assert len(kept) == len(used)


READER = """
import sys
from registry_client import RegistryClient
with RegistryClient(sys.argv[1], cache_dir=sys.argv[2], ttl_seconds=0, clock=lambda: float(sys.argv[3])) as client:
    for _ in range(20):
        assert len(client.get_all_providers()) == 4
    print(client.snapshot_serial)
"""


def test_processes_share_a_cache(server: Server, address: str, clock: Seconds, cache_dir: Path) -> None:
    command = [sys.executable, "-c", READER, address, str(cache_dir), str(clock.now)]
    environment = {**os.environ, "PYTHONPATH": "client"}
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) for _ in range(2)]
    assert [reader.communicate(timeout=60)[0] for reader in readers] == ["1\n", "1\n"]
    with RegistryClient(address, cache_dir=cache_dir, clock=clock) as client:
        assert (len(client.get_all_providers()), client.source) == (4, "disk")


def test_wrong_options_are_said(clock: Seconds) -> None:
    for options, error, message in (
        ({"url": "registry.test"}, ValueError, "is no address of a registry"),
        ({"url": "https://user:secret@registry.test"}, ValueError, "password"),
        ({"url": "https://registry.test/?a=b"}, ValueError, "query"),
        ({"mirrors": "https://mirror.test"}, TypeError, "list of addresses"),
        ({"ttl_seconds": -1}, ValueError, "ttl_seconds cannot be -1"),
        ({"timeout_seconds": 0}, ValueError, "timeout_seconds cannot be 0"),
        ({"trusted_keys": []}, ValueError, "trusted_keys is empty"),
        ({"trusted_keys": KEY.x}, TypeError, "list of keys"),
        ({"trusted_keys": ["short"]}, ValueError, "trusted_keys: "),
        ({"trusted_keys": {"kid": KEY.x}}, ValueError, "is not the thumbprint"),
        ({"ttl": 3}, TypeError, "no option 'ttl'"),
    ):
        with pytest.raises(error, match=message):
            RegistryClient(**{"url": URL, **options})  # type: ignore[arg-type]
