"""A folder as a store: the embedded default.

A reader sees a file whole or not at all: content is written and flushed beside its place, then renamed. `flock`
around compare and rename makes conditional writes atomic between processes: part of the primitive, no publish lock.
"""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

from catalog.publishing.stores.base import PreconditionError, StoredFile, StoreError, check_path

LOCK_NAME = ".lock"
TEMPORARY_PREFIX = ".writing-"


class FileSystemStore:
    """Store in `root`, which is created at the first write. Not for Windows, which has no flock."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def address(self) -> str:
        return str(self._root)

    def get(self, path: str) -> StoredFile | None:
        with _readable_errors(f"read {path}"):
            try:
                content = (self._root / check_path(path)).read_bytes()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return None
        return StoredFile(content, _etag(content))

    def put_if_absent(self, path: str, content: bytes) -> bool:
        target = self._root / check_path(path)
        with _readable_errors(f"write {path}"), self._prepared(target, content) as temporary, self._locked():
            if target.exists():
                return False
            self._move(temporary, target)
            return True

    def put_if_match(self, path: str, content: bytes, *, etag: str) -> None:
        target = self._root / check_path(path)
        with _readable_errors(f"write {path}"), self._prepared(target, content) as temporary, self._locked():
            stored = self.get(path)
            if stored is None or stored.etag != etag:
                raise PreconditionError(f"{path} was written by somebody else.")
            self._move(temporary, target)

    def get_version(self, path: str, version_id: str) -> bytes | None:
        return None

    def list(self, prefix: str = "") -> Iterator[str]:
        with _readable_errors("list the folder"):
            paths = [
                found.relative_to(self._root).as_posix()
                for found in self._root.rglob("*")
                if found.is_file() and not found.name.startswith(".")
            ]
        yield from sorted(path for path in paths if path.startswith(prefix))

    def delete(self, path: str) -> None:
        with _readable_errors(f"delete {path}"), self._locked():
            (self._root / check_path(path)).unlink(missing_ok=True)

    @contextmanager
    def _prepared(self, target: Path, content: bytes) -> Iterator[Path]:
        """A flushed file beside `target`; what is not moved away is removed."""
        _make_folder(target.parent)
        handle, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=target.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                # Without this a power cut can leave the new name with no bytes behind it.
                os.fsync(file.fileno())
            temporary.chmod(0o644)
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    def _move(self, temporary: Path, target: Path) -> None:
        temporary.replace(target)
        _flush_folder(target.parent)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._root.mkdir(parents=True, exist_ok=True)
        with (self._root / LOCK_NAME).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@contextmanager
def _readable_errors(doing: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"Could not {doing}: {error.strerror or error}.") from error


def _make_folder(folder: Path) -> None:
    """With those above it; a power cut could lose a new one, with its files, that is not flushed where it stands."""
    new = list(takewhile(lambda above: not above.exists(), (folder, *folder.parents)))
    folder.mkdir(parents=True, exist_ok=True)
    for made in reversed(new):
        _flush_folder(made.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _etag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
