"""How many streams there may be at once: of this process, and of one caller."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


class FullError(Exception):
    """No more streams now; `is_caller` if it is the caller who has too many."""

    def __init__(self, *, is_caller: bool) -> None:
        super().__init__()
        self.is_caller = is_caller


@dataclass(eq=False, slots=True)
class Slot:
    """The place of one stream; free again at `ends_at`, by the clock of its `Slots`, if nobody frees it before."""

    caller: str
    ends_at: float


class Slots:
    """Safe between threads. A slot that is taken lasts seconds, so that a stream which never begins holds none."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._taken: set[Slot] = set()

    def take(self, caller: str, *, most: int, most_of_caller: int, seconds: float) -> Slot:
        """Raises FullError."""
        with self._lock:
            now = self._clock()
            self._taken = {slot for slot in self._taken if slot.ends_at > now}
            if sum(slot.caller == caller for slot in self._taken) >= most_of_caller:
                raise FullError(is_caller=True)
            if len(self._taken) >= most:
                raise FullError(is_caller=False)
            slot = Slot(caller, now + seconds)
            self._taken.add(slot)
            return slot

    def keep(self, slot: Slot, *, seconds: float) -> None:
        """From now on; also one that was about to be free."""
        with self._lock:
            slot.ends_at = self._clock() + seconds
            self._taken.add(slot)

    def free(self, slot: Slot) -> None:
        with self._lock:
            self._taken.discard(slot)

    def count(self) -> int:
        return len(self._taken)
