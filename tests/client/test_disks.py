"""Caches on disks that are full, damaged, in the way, or shared: they cost speed, never an answer."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from registry_client import RegistryClient
from registry_client.disk import DiskCache

from tests.client.conftest import Make, Seconds
from tests.client.registry import MemoryRegistry
from tests.client.serving import Server
from tests.factories import SANITY, provider_document

ROOT = Path(__file__).resolve().parents[2]


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


@pytest.mark.parametrize("content", [b"", b"{}", b"[", b'{"version": 99}', b"\x00" * 100, b"null", b"[" * 200_000])
def test_damaged_state_is_no_state(make_client: Make, cache_dir: Path, content: bytes) -> None:
    make_client(cache_dir=cache_dir).get_builders()
    (state,) = cache_dir.glob("*/state.json")
    state.write_bytes(content)
    client = make_client(cache_dir=cache_dir)
    assert (client.get_provider("cms", "sanity"), client.source) == (SANITY, "cdn")


@pytest.mark.parametrize(
    "damage",
    [
        *({"checked_at": value} for value in (1e300, float("inf"), float("nan"), -1e18, 2.6e11)),
        *({"keys_at": 1e999}, {"serial": float("inf")}, {"pointer": "\u00e9"}, {"sha256": None, "checked_at": None}),
    ],
    ids=range(9),
)
def test_state_with_impossible_values_is_no_state(
    make_client: Make, cache_dir: Path, damage: dict[str, object]
) -> None:
    make_client(cache_dir=cache_dir).get_builders()
    (state,) = cache_dir.glob("*/state.json")
    state.write_text(json.dumps({**json.loads(state.read_text()), **damage}))
    client = make_client(cache_dir=cache_dir)
    assert (client.get_provider("cms", "sanity"), client.source) == (SANITY, "cdn")
    assert make_client(cache_dir=cache_dir).get_provider("cms", "sanity") == SANITY


@pytest.mark.parametrize("etag", ["\u00e9", "\ud800", "a\nb"], ids=range(3))
def test_etag_that_is_none_is_not_sent(
    make_client: Make, cache_dir: Path, server: Server, clock: Seconds, etag: str
) -> None:
    make_client(cache_dir=cache_dir).get_builders()
    (state,) = cache_dir.glob("*/state.json")
    state.write_text(json.dumps({**json.loads(state.read_text()), "etag": etag}))
    clock.move(seconds=301)
    assert make_client(cache_dir=cache_dir).refresh().serial == 1


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
    before = list(cache_dir.glob("*/blobs/*"))
    for blob in before:
        os.utime(blob, (time.time() - 100_000,) * 2)
    registry.publish(provider_document("tina", display_name="New"))
    client.refresh()
    # Another process may be reading what has fallen out of use only now, however old it is.
    assert {blob.name for blob in before} <= {blob.name for blob in cache_dir.glob("*/blobs/*")}
    for blob in cache_dir.glob("*/blobs/*"):
        os.utime(blob, (time.time() - 100_000,) * 2)
    clock.move(seconds=301)
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
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "client")}
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) for _ in range(2)]
    assert [reader.communicate(timeout=60)[0] for reader in readers] == ["1\n", "1\n"]
    with RegistryClient(address, cache_dir=cache_dir, clock=clock) as client:
        assert (len(client.get_all_providers()), client.source) == (4, "disk")
