"""What outlives the process: one folder a registry, shared by any number of processes.

`state.json` is replaced whole, under a lock, and never by an older serial; `blobs/` are files named by their digest.
A disk that is full, broken or read-only costs speed, never an answer: it is said once in the log.
"""

import base64
import contextlib
import hashlib
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from registry_client.core.steps import Kept

if sys.platform != "win32":
    import fcntl

logger = logging.getLogger("registry_client")
VERSION = 1
# What no snapshot names any more may be in the hands of another process for a while.
BLOB_GRACE_SECONDS = 86_400
LOCK_PATIENCE_SECONDS = 2.0
MAX_STATE_BYTES = 1_000_000
# The year 9000: later ones are no dates in every time zone.
MAX_SECONDS = 221_845_392_000.0


def default_cache_dir() -> Path:
    """The folder for caches of this user, by the custom of the system."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "registry-client"
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/registry-client"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "registry-client"


class DiskCache:
    """The cache of this `name` below `folder`; made at the first write."""

    def __init__(self, folder: Path, *, name: str) -> None:
        self._folder = folder / hashlib.sha256(name.encode()).hexdigest()[:24]
        self._blobs = self._folder / "blobs"
        self._has_complained = False
        # What a full disk has refused, until it takes it or nobody needs it any more.
        self._unwritten: dict[str, bytes] = {}

    @property
    def folder(self) -> Path:
        """Where it is, for whoever looks after the disk."""
        return self._folder

    def load(self) -> Kept | None:
        try:
            with (self._folder / "state.json").open("rb") as file:
                return _parse_kept(file.read(MAX_STATE_BYTES))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            self._complain("read", error)
            return None

    def save(self, kept: Kept, *, used: frozenset[str]) -> None:
        """Not while the disk refuses a blob that it needs: the state before, which has its own, can be read."""
        for digest in self._unwritten.keys() - used:
            self._unwritten.pop(digest, None)
        with self._forgiving("written"), self._locked():
            there = self.load()
            if there and (there.serial, there.checked_at) > (kept.serial, kept.checked_at):
                return
            for digest, content in tuple(self._unwritten.items()):
                self._replace(self._blobs / digest, content)
                self._unwritten.pop(digest, None)
            self._replace(self._folder / "state.json", _render_kept(kept))
            self._collect(used)

    def read_blobs(self, digests: tuple[str, ...]) -> dict[str, bytes]:
        found = {}
        for digest in digests:
            with contextlib.suppress(OSError):
                found[digest] = (self._blobs / digest).read_bytes()
        return found

    def write_blobs(self, blobs: dict[str, bytes]) -> None:
        for digest, content in blobs.items():
            self._unwritten[digest] = content
            with self._forgiving("written"):
                self._replace(self._blobs / digest, content)
                self._unwritten.pop(digest, None)

    def has_blobs(self, digests: tuple[str, ...]) -> frozenset[str]:
        try:
            there = set(os.listdir(self._blobs))  # noqa: PTH208 - names, not paths of a thousand files
        except OSError:
            return frozenset()
        return frozenset(there.intersection(digests))

    def _collect(self, used: frozenset[str]) -> None:
        """Remove what has been of no use for the time of grace, which begins when it is first found so."""
        oldest, before = time.time() - BLOB_GRACE_SECONDS, self._used_before()
        for file in self._blobs.iterdir() if self._blobs.exists() else ():
            if file.name in used:
                continue
            if file.name in before:
                file.touch()
            elif file.stat().st_mtime < oldest:
                file.unlink(missing_ok=True)
        if used != before:
            self._replace(self._folder / "used", "\n".join(sorted(used)).encode())

    def _used_before(self) -> frozenset[str]:
        try:
            return frozenset((self._folder / "used").read_text().split())
        except (OSError, ValueError):
            return frozenset()

    def _replace(self, path: Path, content: bytes) -> None:
        # All in one place: what a killed process leaves is collected with the blobs.
        self._blobs.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(prefix=".writing-", dir=self._blobs)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Between processes. Where there is no lock, or somebody holds it for ever, replacing whole files must do."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if sys.platform == "win32":
            yield
            return
        with (self._folder / "lock").open("w") as lock:
            patience = time.monotonic() + LOCK_PATIENCE_SECONDS
            while time.monotonic() < patience:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    time.sleep(0.01)
            yield

    @contextmanager
    def _forgiving(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._complain(what, error)

    def _complain(self, what: str, error: Exception) -> None:
        if not self._has_complained:
            self._has_complained = True
            logger.warning("The cache %s cannot be %s, reading goes on without it: %s", self._folder, what, error)


def _render_kept(kept: Kept) -> bytes:
    members = {
        "version": VERSION,
        "serial": kept.serial,
        "sha256": kept.sha256,
        "pointer": base64.b64encode(kept.pointer).decode(),
        "etag": kept.etag,
        "origin": kept.origin,
        "checked_at": kept.checked_at,
        "keys": base64.b64encode(kept.keys).decode(),
        "keys_at": kept.keys_at,
    }
    return json.dumps(members).encode()


def _parse_kept(content: bytes) -> Kept:
    members: dict[str, Any] = json.loads(content)
    if members["version"] != VERSION:
        raise ValueError(f"it is of version {members['version']!r}")
    return Kept(
        pointer=base64.b64decode(members["pointer"]),
        etag=None if members["etag"] is None else str(members["etag"]),
        origin=str(members["origin"]),
        checked_at=_seconds(members["checked_at"]),
        serial=int(members["serial"]),
        sha256=str(members["sha256"]),
        keys=base64.b64decode(members["keys"]),
        keys_at=_seconds(members["keys_at"]),
    )


def _seconds(value: Any) -> float:
    """Of the clock, within what a datetime can be of. Raises ValueError, TypeError."""
    seconds = float(value)
    if not 0 <= seconds < MAX_SECONDS:
        raise ValueError(f"{value!r} is no time")
    return seconds
