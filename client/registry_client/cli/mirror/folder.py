"""A mirror's folder: files appear whole or not at all, and one pull at a time writes.

What is half written is in `.registry-pull` inside of it, which the next pull removes.
"""

import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry_client.cli.codes import Code, CommandError
from registry_client.cli.mirror.tree import POINTER_PATH, PUBLISHED, TOP_LEVEL
from registry_client.core.content import sha256_hex
from registry_client.core.shapes import File

if sys.platform != "win32":
    import fcntl

UNFINISHED = ".registry-pull"
SHOWN_STRANGERS = 3


class Folder:
    """Paths are those of the tree. Every method may raise OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._unfinished = path / UNFINISHED

    def open(self) -> None:
        """Make it, if it may become a mirror. Raises CommandError for a folder of something else."""
        self.path.mkdir(parents=True, exist_ok=True)
        strangers = {name.name for name in self.path.iterdir()} - TOP_LEVEL - {UNFINISHED, "lost+found"}
        if strangers and not (self.path / POINTER_PATH).exists():
            shown = ", ".join(sorted(strangers)[:SHOWN_STRANGERS])
            hint = "Name an empty or a new folder."
            raise CommandError(Code.USAGE, f"{self.path} is no mirror, and has other files: {shown}", hint=hint)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Raises CommandError if another pull is at work here."""
        if sys.platform == "win32":
            yield
            return
        handle = os.open(self.path, os.O_RDONLY)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                message = f"Another pull is at work in {self.path}."
                raise CommandError(Code.CONFLICT, message, hint="Wait until it has ended.") from None
            self._clean()
            try:
                yield
            finally:
                self._clean()
        finally:
            os.close(handle)

    def read(self, path: str) -> bytes | None:
        try:
            return (self.path / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def good(self, file: File) -> bytes | None:
        """The bytes of an immutable file, if they are there and right."""
        content = self.read(file.path)
        return content if content is not None and sha256_hex(content) == file.sha256 else None

    def write(self, path: str, content: bytes, *, is_last: bool = False) -> None:
        """Put it in its place at once. Its mode is what the umask says, so that a web server may read it.

        `is_last`: only after everything before it is on the disk.
        """
        target, unfinished = self.path / path, self._unfinished / uuid.uuid4().hex
        target.parent.mkdir(parents=True, exist_ok=True)
        self._unfinished.mkdir(exist_ok=True)
        try:
            with unfinished.open("xb") as file:
                file.write(content)
                if is_last:
                    file.flush()
                    os.fsync(file.fileno())
            if is_last and hasattr(os, "sync"):
                os.sync()
            unfinished.replace(target)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise

    def leftovers(self, needed: frozenset[str]) -> list[str]:
        """Paths that a publisher wrote once and the mirror needs no more; never what is of no such form."""
        found = []
        for top in sorted(TOP_LEVEL):
            for place, _, names in os.walk(self.path / top):
                inner = Path(place).relative_to(self.path).as_posix()
                found += [path for name in names if (path := f"{inner}/{name}") not in needed]
        return sorted(path for path in found if PUBLISHED.fullmatch(path))

    def remove(self, path: str) -> None:
        (self.path / path).unlink(missing_ok=True)

    def _clean(self) -> None:
        shutil.rmtree(self._unfinished, ignore_errors=True)
