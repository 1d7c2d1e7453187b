"""How much a sandboxed program may use, and the watch over the disk, which the kernel does not keep."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from deployments.contract import PermanentError, TransientError

MEGABYTE = 1 << 20
PAUSE_SECONDS = 1.0
# A look at a large folder is spread over several calls, so that a cancelled build still ends at once.
SLICE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one run. `cpu_seconds`, `open_files` and `file_bytes` hold for each process, `processes` for all together;
    `disk_*` for what is in the folders that it may write to, `temporary_bytes` for /tmp, which is in memory,
    `memory_bytes` for what all together have besides.
    """

    cpu_seconds: int = 900
    processes: int = 1024
    open_files: int = 4096
    file_bytes: int = 512 * MEGABYTE
    disk_bytes: int = 4096 * MEGABYTE
    disk_entries: int = 500_000
    disk_left_bytes: int = 512 * MEGABYTE
    temporary_bytes: int = 512 * MEGABYTE
    memory_bytes: int = 4096 * MEGABYTE


def read_limits() -> Limits:
    """Those of the settings."""
    return Limits(**settings.REGISTRY_SANDBOX_LIMITS)


class SpaceWatch:
    """`check` looks how much is in the folders now; cheap enough to call four times a second.

    Raises PermanentError if it is too much, TransientError if the disk itself is nearly full. What grows between two
    looks, about a second apart, is found afterwards.
    """

    def __init__(self, folders: Sequence[Path], *, limits: Limits) -> None:
        self._folders, self._limits = folders, limits
        self._sizes = sizes_in(self._folders)
        self._bytes = self._entries = 0
        self._paused_until = 0.0
        self._spent = 0.0

    def check(self) -> None:
        self._check_disk()
        now = time.monotonic()
        if now < self._paused_until:
            return
        for size in self._sizes:
            self._bytes += size
            self._entries += 1
            self._check_folders()
            if time.monotonic() - now > SLICE_SECONDS:
                self._spent += time.monotonic() - now
                return
        self._paused_until = time.monotonic() + max(PAUSE_SECONDS, 4 * self._spent)
        self._sizes, self._bytes, self._entries, self._spent = sizes_in(self._folders), 0, 0, 0.0

    def _check_folders(self) -> None:
        if self._bytes > self._limits.disk_bytes:
            raise PermanentError(
                f"The build was stopped: it has written more than {self._limits.disk_bytes // MEGABYTE} MB.",
                hint="Let it write less, or ask whoever runs the registry to raise REGISTRY_SANDBOX_DISK_MEGABYTES.",
            )
        if self._entries > self._limits.disk_entries:
            raise PermanentError(
                f"The build was stopped: it has made more than {self._limits.disk_entries:,} files and folders.",
                hint="Let it make fewer.",
            )

    def _check_disk(self) -> None:
        for folder in self._folders:
            disk = os.statvfs(folder)
            if disk.f_bavail * disk.f_frsize < self._limits.disk_left_bytes:
                raise TransientError(
                    "The build was stopped: the worker's disk is nearly full.",
                    hint="Ask whoever runs the registry to make room on the workers.",
                    retry_after_seconds=60,
                )


def sizes_in(folders: Sequence[Path]) -> Iterator[int]:
    """What each file and folder within takes on the disk, in bytes; names come and go while this looks."""
    waiting = [str(folder) for folder in folders]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    yield entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
