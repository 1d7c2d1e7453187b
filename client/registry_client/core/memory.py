"""What one client holds, and what it must not forget; changed as a whole, so that no reader sees two halves."""

from dataclasses import dataclass, field
from threading import Lock

from registry_client.core.shapes import Pointer
from registry_client.core.status import Source
from registry_client.core.steps import Kept
from registry_client.core.views import PlainView, SignedView, View
from registry_client.errors import SerialReused, SerialWentBack


@dataclass(frozen=True, slots=True)
class Held:
    """A view, and when and where it was confirmed. `pointer` and `etag` are those of `current.json` at `origin`."""

    view: View
    source: Source
    origin: str
    checked_at: float
    pointer: bytes = b""
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Floor:
    """The highest serial that was seen, and its digest. From 1 on the registry is a signed one."""

    serial: int = 0
    sha256: str = ""

    def check(self, pointer: Pointer) -> None:
        """Raises SerialWentBack, SerialReused."""
        if pointer.serial < self.serial:
            raise SerialWentBack(f"The registry shows serial {pointer.serial}, but {self.serial} was seen already.")
        if pointer.serial == self.serial and self.sha256 not in ("", pointer.sha256):
            raise SerialReused(f"Serial {pointer.serial} was seen with another content.")


@dataclass(slots=True)
class Memory:
    """The state of one client. `keys` is the keys.json that was trusted first, or continues it; empty for none."""

    held: Held | None = None
    floor: Floor = field(default_factory=Floor)
    keys: bytes = b""
    keys_at: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def hold(self, held: Held, *, may_go_back: bool = False) -> tuple[int | None, int | None] | None:
        """Switch to it. (serial before, serial now) if what readers get is another; None if not, or there was nothing.

        Two event loops may refresh at once: the later serial stays.
        """
        with self._lock:
            before, now = self.held, held
            if before is not None and not may_go_back and _is_later(before.view, now.view):
                return None
            self.held = held
            self.raise_floor(held.view)
        if before is None or _is_same(before.view, held.view):
            return None
        return before.view.serial, held.view.serial

    def raise_floor(self, view: View) -> None:
        if isinstance(view, SignedView) and view.pointer.serial >= self.floor.serial:
            self.floor = Floor(view.pointer.serial, view.pointer.sha256)

    def forget_locks(self) -> None:
        """After a fork: whoever held it is not here."""
        self._lock = Lock()

    def kept(self) -> Kept | None:
        """What should outlive the process; None for what is not signed."""
        held = self.held
        if held is None or not held.pointer:
            return None
        return Kept(
            pointer=held.pointer,
            etag=held.etag,
            origin=held.origin,
            checked_at=held.checked_at,
            serial=self.floor.serial,
            sha256=self.floor.sha256,
            keys=self.keys,
            keys_at=self.keys_at,
        )


def _is_same(one: View, other: View) -> bool:
    if isinstance(one, SignedView) and isinstance(other, SignedView):
        return one.pointer.sha256 == other.pointer.sha256
    return isinstance(one, PlainView) and isinstance(other, PlainView) and one.manifest == other.manifest


def _is_later(one: View, other: View) -> bool:
    """Only signed serials are compared: a plain manifest's is nobody's promise."""
    if not isinstance(one, SignedView) or not isinstance(other, SignedView):
        return False
    return one.pointer.serial > other.pointer.serial
