"""What the rules ask of whoever runs them. A rule is a generator: it yields a step and is sent what came of it."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from registry_client.errors import RegistryError

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Request:
    """A GET of `path` at `origin`. More than `max_bytes` are not read; `etag`: answer 304 if it is still that."""

    origin: str
    path: str
    max_bytes: int
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: the bytes as they were sent, with the `Content-Encoding` that the server gave them."""

    status: int
    content: bytes = b""
    etag: str | None = None
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class FetchAll:
    """Ask for all of them at once. Sent back: an Answer or the error of each, in this order."""

    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class Blocking:
    """Call `work`, which reads or writes files. Sent back: what it returns."""

    work: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Exclusive:
    """Run the rule, one of this `name` at a time. While another runs: wait for it, or else leave it.

    Sent back: whether it was run.
    """

    name: str
    rule: "Callable[[], Rule[None]]"
    wait: bool = True


Step = FetchAll | Blocking | Exclusive
Rule = Generator[Step, Any, Result]
Outcome = Answer | RegistryError


@dataclass(frozen=True, slots=True)
class Kept:
    """What is remembered between runs: the pointer as it was read, and what must never be forgotten.

    `serial` and `sha256` are the highest that were seen; `keys` the keys.json that is trusted, as bytes.
    """

    pointer: bytes = b""
    etag: str | None = None
    origin: str = ""
    checked_at: float = 0.0
    serial: int = 0
    sha256: str = ""
    keys: bytes = b""
    keys_at: float = 0.0


class Cache(Protocol):
    """Files of one registry that outlive the process. Never raises for a disk that is full, broken or read-only."""

    def load(self) -> Kept | None:
        """What was kept last, by whichever process."""

    def save(self, kept: Kept, *, used: frozenset[str]) -> None:
        """Keep it, unless a higher serial is kept already; blobs that are not `used` may go."""

    def read_blobs(self, digests: tuple[str, ...]) -> dict[str, bytes]:
        """Digest -> bytes of those that are there, unchecked."""

    def write_blobs(self, blobs: dict[str, bytes]) -> None:
        """Keep bytes under their digests."""

    def has_blobs(self, digests: tuple[str, ...]) -> frozenset[str]:
        """Those of the digests that are there."""


class NoCache:
    """Nothing outlives the process."""

    def load(self) -> Kept | None:
        return None

    def save(self, kept: Kept, *, used: frozenset[str]) -> None:
        """Nowhere."""

    def read_blobs(self, digests: tuple[str, ...]) -> dict[str, bytes]:
        return {}

    def write_blobs(self, blobs: dict[str, bytes]) -> None:
        """Nowhere."""

    def has_blobs(self, digests: tuple[str, ...]) -> frozenset[str]:
        return frozenset()
