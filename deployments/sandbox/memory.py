"""The watch over the memory of sandboxed programs, on hosts that give this process no control group to limit."""

import os
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from deployments.contract import PermanentError

PAUSE_SECONDS = 0.5
FIELDS = re.compile(r"^(PPid|RssAnon|RssShmem):\s*(\d+)", re.MULTILINE)


class MemoryWatch:
    """`check` adds up what all the descendants of this process have, twice a second.

    Raises PermanentError if it is too much. Pages that a process shares with its child since a fork count for both.
    What grows faster than that is ended by the kernel, sandboxed programs first.
    """

    def __init__(self, *, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._paused_until = 0.0

    def check(self) -> None:
        if time.monotonic() < self._paused_until:
            return
        self._paused_until = time.monotonic() + PAUSE_SECONDS
        if memory_of_descendants(os.getpid()) > self._most_bytes:
            raise PermanentError(
                f"The build was stopped: it has used more than {self._most_bytes >> 20} MB of memory.",
                hint="Let it use less, or ask whoever runs the registry to raise REGISTRY_SANDBOX_MEMORY_MEGABYTES.",
            )


def memory_of_descendants(ancestor: int) -> int:
    """Bytes that all of them have to themselves. Reads a small file of each process of this machine."""
    sizes: dict[int, int] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for number, parent, size in _processes():
        sizes[number] = size
        children[parent].append(number)
    total, waiting = 0, list(children[ancestor])
    while waiting:
        number = waiting.pop()
        total += sizes[number]
        waiting += children[number]
    return total


def _processes() -> Iterator[tuple[int, int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            # It has ended since.
            with suppress(OSError):
                fields = dict(FIELDS.findall((entry / "status").read_text(errors="replace")))
                size = int(fields.get("RssAnon", 0)) + int(fields.get("RssShmem", 0))
                yield int(entry.name), int(fields.get("PPid", 0)), size << 10
