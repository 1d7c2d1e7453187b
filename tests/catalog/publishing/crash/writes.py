"""Records in which order a folder store flushes and renames, and kills real processes in the middle of a write."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
# Kills itself with SIGKILL before or after a system call of one write.
WRITE_AND_DIE = """
import os, pathlib, signal, sys
from catalog.publishing.stores import filesystem
folder, call, when, method = sys.argv[1:]
owner = filesystem.tempfile if call == "mkstemp" else filesystem.fcntl if call == "flock" else os
real = getattr(owner, call)
def dying(*arguments, **named):
    if when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    real(*arguments, **named)
    os.kill(os.getpid(), signal.SIGKILL)
store = filesystem.FileSystemStore(pathlib.Path(folder))
stored = store.get("current.json")
setattr(owner, call, dying)
if method == "put_if_match":
    store.put_if_match("current.json", b"new" * 1000, etag=stored.etag)
else:
    store.put_if_absent("objects/aa/new.json", b"new" * 1000)
"""


def die_in_write(folder: Path, *, call: str, when: str, method: str) -> int:
    """The exit code of a process that was killed at this system call."""
    command = [sys.executable, "-c", WRITE_AND_DIE, str(folder), call, when, method]
    return subprocess.run(command, cwd=ROOT, check=False, timeout=30).returncode


@contextmanager
def recorded_calls() -> Iterator[list[str]]:
    """What is flushed and renamed, in order: `flush file`, `rename`, `flush folder`."""
    calls: list[str] = []
    flush, rename = os.fsync, os.replace

    def recording_flush(descriptor: int) -> None:
        status = os.fstat(descriptor)
        calls.append("flush folder" if stat.S_ISDIR(status.st_mode) else f"flush file of {status.st_size} bytes")
        flush(descriptor)

    def recording_rename(source: Path, target: Path) -> None:
        calls.append(f"rename to {Path(target).name}")
        rename(source, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", recording_flush)
        patch.setattr(os, "replace", recording_rename)
        patch.setattr(os, "rename", recording_rename)
        yield calls
