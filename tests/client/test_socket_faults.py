"""Each fault of a server over real sockets: its exact error for who has nothing yet, no harm for who has read before.

Whoever has read goes on with the last good snapshot, from memory or from the disk, says that it is stale and why, and
sees the next one once the fault is over.
"""

import gzip
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
import pytest
from registry_client import (
    DigestMismatch,
    KeyRetired,
    Malformed,
    PointerExpired,
    RedirectRefused,
    RegistryClient,
    RegistryError,
    RegistryUnavailable,
    SignatureInvalid,
    SignatureMissing,
    TooLarge,
)
from registry_client.core.limits import MAX_SNAPSHOT_BYTES

from tests.client.conftest import NEWER, Make, Seconds
from tests.client.registry import MemoryRegistry
from tests.client.serving import Server
from tests.client.test_sockets import streamed
from tests.factories import provider_document

# Nothing here is asked by TLS, and httpx reads all authorities of the world for each client.
TLS = ssl.create_default_context()
POINTER, SNAPSHOT, BUNDLE = "current.json", "snapshots", "bundles"
OLDER = provider_document("tina")


@cache
def packed_emptiness() -> bytes:
    """A little more, unpacked, than a snapshot may have."""
    return gzip.compress(b" " * (MAX_SNAPSHOT_BYTES + 1), compresslevel=1)


@dataclass
class Faults:
    """The ways in which the answers for one server's files go wrong."""

    server: Server
    # Set at the end of a test, so that no thread of the server is left hanging.
    released: threading.Event

    def begin(self, name: str, folder: str) -> None:
        """Whatever begins with `folder` is answered by the method `name` from now on."""
        fault = getattr(self, name)
        self.server.fault = lambda request, path: fault(path) if path.startswith(folder) else None

    def end(self) -> None:
        self.server.fault = None

    def content(self, path: str) -> bytes:
        return self.server.registry.files[path]

    def hang(self, path: str) -> None:
        self.released.wait(20)

    def hang_up(self, path: str) -> None:
        raise ConnectionError("the server hangs up")

    def fail(self, path: str) -> httpx.Response:
        return httpx.Response(500, content=b'{"error": "It is broken."}')

    def throttle(self, path: str) -> httpx.Response:
        return httpx.Response(429, headers={"Retry-After": "1"})

    def forget(self, path: str) -> httpx.Response:
        return httpx.Response(404, content=b"{}")

    def answer_another_page(self, path: str) -> httpx.Response:
        return httpx.Response(200, content=b"<html>Sign in to this network</html>")

    def cut(self, path: str) -> httpx.Response:
        content = self.content(path)
        return streamed(content[: len(content) // 2], X_Length=str(len(content)), Connection="close")

    def cut_and_say_nothing(self, path: str) -> httpx.Response:
        content = self.content(path)
        return streamed(content[: len(content) // 2])

    def announce_too_little(self, path: str) -> httpx.Response:
        return streamed(self.content(path), X_Length="10", Connection="close")

    def announce_too_much(self, path: str) -> httpx.Response:
        return streamed(self.content(path), X_Length="1000000000", Connection="close")

    def flip(self, path: str) -> httpx.Response:
        content = bytearray(self.content(path))
        # In the pointer this is in the middle of what is signed: still base64, of other bytes.
        at = len(content) // 2
        content[at] = ord("A") if content[at] != ord("A") else ord("B")
        return streamed(bytes(content))

    def call_it_packed(self, path: str) -> httpx.Response:
        return streamed(b"{}" + self.content(path), Content_Encoding="gzip")

    def pack_half(self, path: str) -> httpx.Response:
        packed = gzip.compress(self.content(path))
        return streamed(packed[: len(packed) // 2], Content_Encoding="gzip")

    def pack_endlessly(self, path: str) -> httpx.Response:
        return streamed(packed_emptiness(), Content_Encoding="gzip")

    def pack_otherwise(self, path: str) -> httpx.Response:
        return streamed(self.content(path), Content_Encoding="br")

    def redirect_in_circles(self, path: str) -> httpx.Response:
        return httpx.Response(302, headers={"Location": f"/{path}"})

    def redirect_elsewhere(self, path: str) -> httpx.Response:
        return httpx.Response(302, headers={"Location": f"http://localhost:1/{path}"})


# Fault -> its error if the pointer, the snapshot or the bundle has it. None: it is none, or told apart below.
ERRORS: dict[str, tuple[type[RegistryError] | None, ...]] = {
    "hang": (RegistryUnavailable,) * 3,
    "hang_up": (RegistryUnavailable,) * 3,
    "fail": (RegistryUnavailable,) * 3,
    "throttle": (RegistryUnavailable,) * 3,
    "cut": (RegistryUnavailable,) * 3,
    "cut_and_say_nothing": (Malformed, DigestMismatch, DigestMismatch),
    "announce_too_little": (Malformed, DigestMismatch, DigestMismatch),
    "announce_too_much": (TooLarge,) * 3,
    "flip": (SignatureInvalid, DigestMismatch, DigestMismatch),
    "answer_another_page": (Malformed, DigestMismatch, DigestMismatch),
    "call_it_packed": (Malformed,) * 3,
    "pack_half": (Malformed,) * 3,
    "pack_endlessly": (TooLarge,) * 3,
    "pack_otherwise": (Malformed, None, None),
    "redirect_in_circles": (RedirectRefused,) * 3,
    "redirect_elsewhere": (RedirectRefused,) * 3,
    "forget": (None, RegistryUnavailable, RegistryUnavailable),
}
PATHS = (POINTER, SNAPSHOT, BUNDLE)
CASES = [
    pytest.param(name, path, error, id=f"{name}-{path}", marks=() if at == number % 3 else pytest.mark.slow)
    for number, (name, errors) in enumerate(ERRORS.items())
    for at, (path, error) in enumerate(zip(PATHS, errors, strict=True))
    if error is not None
]


@pytest.fixture
def faults(server: Server) -> Iterator[Faults]:
    made = Faults(server, threading.Event())
    yield made
    made.released.set()


@dataclass
class Lives:
    """One that has read into memory, one that finds only the disk of the first, and one that has nothing."""

    make: Callable[..., RegistryClient]
    registry: MemoryRegistry
    clock: Seconds

    def live_through(
        self,
        begin: Callable[[], object],
        end: Callable[[], object],
        *,
        cold: type[RegistryError] | None,
        warm: type[RegistryError],
    ) -> None:
        """The trouble begins when all but the last have read serial 1, and serial 2 has been published."""
        first = self.make()
        assert len(first.get_all_providers()) == 4
        self.registry.publish(NEWER)
        self.clock.move(seconds=301)
        begin()
        last, second = self.make(cache_dir=None), self.make()
        if cold is not None:
            with pytest.raises(cold) as caught:
                last.get_provider("cms", "tina")
            assert type(caught.value) is cold
        for reader, source in ((first, "memory"), (second, "disk")):
            assert read(reader) == (OLDER, source, 1, False, warm)

        end()
        self.clock.move(seconds=31)
        assert read(first) == (NEWER, "cdn", 2, True, type(None))
        # It finds what the first one has just written.
        assert read(second) == (NEWER, "disk", 2, True, type(None))
        # The last one may have had the snapshot in memory, if only a bundle was missing.
        found, _, *rest = read(last)
        assert (found, rest) == (NEWER, [2, True, type(None)])


def read(client: RegistryClient) -> tuple[object, ...]:
    """What it answers, where from, of which serial, whether that is fresh, and what went wrong meanwhile."""
    found = client.get_provider("cms", "tina")
    status = client.status()
    assert (status.source, status.serial) == (client.source, client.snapshot_serial)
    return found, client.source, client.snapshot_serial, status.fresh, type(status.last_error)


@pytest.fixture
def lives(
    make_client: Make,
    address: str,
    registry: MemoryRegistry,
    clock: Seconds,
    cache_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Lives:
    monkeypatch.setattr("httpx._transports.default.create_ssl_context", lambda **_: TLS)
    hangs = "hang-" in request.node.name

    def make(**options: object) -> RegistryClient:
        # A clock that is days ahead must find what was read still good enough.
        given = {"cache_dir": cache_dir, "max_stale_seconds": 30 * 86_400, "timeout_seconds": 0.2 if hangs else 10}
        return make_client(address, transport=None, **{**given, **options})

    return Lives(make, registry, clock)


@pytest.mark.parametrize(("name", "path", "error"), CASES)
def test_fault_is_told_exactly_and_costs_no_reader_what_it_had(
    lives: Lives, faults: Faults, name: str, path: str, error: type[RegistryError]
) -> None:
    lives.live_through(lambda: faults.begin(name, path), faults.end, cold=error, warm=error)


def test_pointer_that_is_gone_makes_nobody_read_what_is_not_signed(lives: Lives, faults: Faults) -> None:
    """Who has never read would take it for a registry that nobody signs; who has read knows better."""
    lives.live_through(lambda: faults.begin("forget", POINTER), faults.end, cold=None, warm=SignatureMissing)


@pytest.mark.parametrize(("days", "error"), [(8, PointerExpired), (-1, KeyRetired)], ids=["ahead", "behind"])
def test_clock_that_is_wrong_costs_no_reader_what_it_had(
    lives: Lives, clock: Seconds, days: int, error: type[RegistryError]
) -> None:
    lives.live_through(lambda: clock.move(days=days), lambda: clock.move(days=-days), cold=error, warm=error)


@pytest.mark.parametrize("path", [SNAPSHOT, BUNDLE])
def test_right_bytes_are_read_whatever_their_packing_is_called(
    make_client: Make, address: str, faults: Faults, path: str
) -> None:
    faults.begin("pack_otherwise", path)
    assert make_client(address, transport=None).get_provider("cms", "tina") == OLDER
