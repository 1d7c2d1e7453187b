"""Real processes on real disks: full, read-only, or of two at once; they cost speed, never an answer."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from registry_client import RegistryClient

from tests.client.conftest import NEWER, Seconds
from tests.client.registry import MemoryRegistry
from tests.client.serving import Server
from tests.clock import NOON
from tests.deployments.tools import needs_sandbox
from tests.factories import SANITY, provider_document

ROOT = Path(__file__).resolve().parents[2]
READ_ONLY = ("bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc")
OLD, NEW = provider_document("tina")["display_name"], NEWER["display_name"]
SHELLS = ["threads", "asyncio"]


@dataclass(frozen=True)
class Full:
    """How a disk becomes full, by commands of the reader, and what the system says of it."""

    fill: tuple[object, ...]
    free: str
    error: str


NO_SPACE = Full(("fill_disk",), "free_disk", "No space left on device")
LIMIT = Full(("limit_files", 100), "unlimit_files", "File too large")


class Reading:
    """A `disk_reader` of its own: `reader("read", now)`."""

    def __init__(self, address: str, cache_dir: Path, shell: str, *, inside: tuple[str, ...] = ()) -> None:
        command = [*inside, sys.executable, "-m", "tests.client.disk_reader", address, str(cache_dir), shell]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "client")}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, *words: object) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


Start = Callable[..., Reading]


@pytest.fixture
def start(address: str, cache_dir: Path) -> Iterator[Start]:
    with ExitStack() as stack:

        def start(shell: str, **options: Any) -> Reading:
            reading = Reading(address, cache_dir, shell, **options)
            stack.enter_context(reading.process)
            return reading

        yield start


def publish_named(registry: MemoryRegistry, name: str) -> None:
    """Every provider gets this name, in one publish."""
    cart = {"provider_type": "ecommerce", "cms_type": None, "ecommerce_type": "cart_overlay"}
    registry.publish(
        {**SANITY, "display_name": name},
        provider_document("decap", aliases=["providers/cms/netlify_cms"], display_name=name),
        provider_document("tina", display_name=name),
        provider_document("snipcart", display_name=name, **cart),
    )


def broken(request: httpx.Request, path: str) -> httpx.Response:
    return httpx.Response(500)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "full",
    [pytest.param(NO_SPACE, marks=[pytest.mark.tools, needs_sandbox], id="no space"), pytest.param(LIMIT, id="limit")],
)
def test_disk_that_is_full_costs_no_answer_and_keeps_what_it_had(
    start: Start, cache_dir: Path, server: Server, registry: MemoryRegistry, clock: Seconds, shell: str, full: Full
) -> None:
    cache_dir.mkdir()
    small = (*READ_ONLY, "--size", "262144", "--tmpfs", str(cache_dir))
    reader = start(shell, inside=small if full is NO_SPACE else ())
    assert reader("read", clock.now)["kept"] == 1

    reader(*full.fill)
    registry.publish(NEWER)
    clock.move(seconds=301)
    found = reader("read", clock.now)
    assert (found["read"], found["fresh"], found["kept"], found["litter"]) == ([NEW, "cdn", 2], True, 1, 0)
    assert [full.error in text for text in found["said"]] == [True]
    clock.move(seconds=301)
    found = reader("read", clock.now)
    # Said once, not at every refresh.
    assert (found["read"], found["said"]) == ([NEW, "cdn", 2], [])

    server.fault = broken
    reader("begin")
    found = reader("read", clock.now)
    assert (found["read"], found["fresh"]) == ([OLD, "disk", 1], False)
    server.fault = None
    clock.move(seconds=31)
    assert reader("read", clock.now)["read"] == [NEW, "cdn", 2]

    reader(full.free)
    clock.move(seconds=301)
    reader("read", clock.now)
    server.fault = broken
    reader("begin")
    found = reader("read", clock.now)
    assert (found["read"], found["kept"], found["litter"]) == ([NEW, "disk", 2], 2, 0)


@pytest.mark.parametrize("shell", SHELLS)
def test_disk_with_room_for_the_state_alone_keeps_what_can_be_read(
    start: Start, cache_dir: Path, server: Server, registry: MemoryRegistry, clock: Seconds, shell: str
) -> None:
    """A state that names blobs which are not there would leave a new process without an answer."""
    reader = start(shell)
    reader("read", clock.now)
    registry.publish({**NEWER, "aliases": [f"providers/cms/tina_{number}" for number in range(100)]})
    (state,) = cache_dir.glob("*/state.json")
    limit = state.stat().st_size + 500
    assert len(registry.files[registry.snapshots()[-1]]) > limit
    reader("limit_files", limit)
    clock.move(seconds=301)
    assert reader("read", clock.now)["read"] == [NEW, "cdn", 2]
    server.fault = broken
    reader("begin")
    assert reader("read", clock.now)["read"] == [OLD, "disk", 1]


@pytest.mark.tools
@needs_sandbox
@pytest.mark.parametrize("shell", SHELLS)
def test_cache_that_is_read_only_is_read_and_costs_no_answer(
    start: Start, address: str, cache_dir: Path, server: Server, registry: MemoryRegistry, clock: Seconds, shell: str
) -> None:
    with RegistryClient(address, cache_dir=cache_dir, clock=clock) as client:
        client.get_all_providers()
    before = {path: path.read_bytes() for path in cache_dir.rglob("*") if path.is_file()}
    server.seen()
    reader = start(shell, inside=READ_ONLY)
    found = reader("read", clock.now)
    assert (found["read"], found["fresh"], found["said"], server.seen()) == ([OLD, "disk", 1], True, [], [])

    registry.publish(NEWER)
    clock.move(seconds=301)
    found = reader("read", clock.now)
    assert (found["read"], found["fresh"], found["kept"]) == ([NEW, "cdn", 2], True, 1)
    assert ["Read-only file system" in text for text in found["said"]] == [True]

    server.fault = broken
    clock.move(seconds=301)
    found = reader("read", clock.now)
    assert (found["read"], found["fresh"], found["said"]) == ([NEW, "memory", 2], False, [])
    # A new process knows of nothing but what the disk has.
    reader("begin")
    found = reader("read", clock.now)
    assert (found["read"], found["fresh"]) == ([OLD, "disk", 1], False)
    assert {path: path.read_bytes() for path in cache_dir.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("seconds", [0.6, pytest.param(20, marks=pytest.mark.slow)])
def test_two_processes_at_once_live_through_publishes_with_one_cache(
    start: Start, address: str, cache_dir: Path, server: Server, registry: MemoryRegistry, seconds: float
) -> None:
    """Each answers from one snapshot alone, and never from an older one than before."""
    ahead = NOON.timestamp() + 60 - time.time()
    publish_named(registry, "0000")
    readers = [start(shell) for shell in SHELLS]
    with ThreadPoolExecutor(2) as pool:
        watches = [pool.submit(reader, "watch", ahead, 0.01, seconds) for reader in readers]
        number = 0
        while not all(watch.done() for watch in watches):
            number += 1
            publish_named(registry, f"{number:04}")
            time.sleep(0.01)
        answers = [watch.result() for watch in watches]
    for answer in answers:
        names = [found for found, *_ in answer]
        assert {len(found) for found in names} == {1}
        assert names == sorted(names)
        serials = [serial for _, before, after, _ in answer for serial in (before, after) if serial]
        assert serials == sorted(serials)
        assert (len({str(found) for found in names}) > 3, {"cdn"} <= {source for *_, source in answer}) == (True, True)
    (state,) = cache_dir.glob("*/state.json")
    last = max(answer[-1][2] for answer in answers)
    assert json.loads(state.read_bytes())["serial"] == last
    server.fault = broken
    with RegistryClient(address, cache_dir=cache_dir, clock=lambda: ahead + time.time()) as client:
        assert (len(client.get_all_providers()), client.source, client.snapshot_serial) == (4, "disk", last)
