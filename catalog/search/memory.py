"""What was computed for one version of what is live, for as long as that version is asked for."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Value = TypeVar("Value")
MAX_KEPT = 1000
# A rebuilt index has the version that it had before.
MAX_AGE_SECONDS = 300


class Memory:
    """The values of the newest version, the `most` most recently used ones. Threads share it."""

    def __init__(self, *, most: int | None = None) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._version, self._begun = "", time.monotonic()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, version: str, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value kept for `key`, else what `make` gives. Nothing is kept without a version."""
        with self._lock:
            self._forget_others(version)
            if key in self._kept:
                self._kept.move_to_end(key)
                kept: Value = self._kept[key]
                return kept
        value = make()
        with self._lock:
            if version and version == self._version:
                self._kept[key] = value
                while len(self._kept) > (self._most or MAX_KEPT):
                    self._kept.popitem(last=False)
        return value

    def _forget_others(self, version: str) -> None:
        if not version or version != self._version or time.monotonic() - self._begun > MAX_AGE_SECONDS:
            self._kept.clear()
            self._version, self._begun = version, time.monotonic()
