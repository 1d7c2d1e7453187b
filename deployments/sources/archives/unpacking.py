"""Unpacking an archive into an empty folder: which kind it is, what of it is wanted, how much there may be."""

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deployments.contract import PermanentError
from deployments.sources.archives.entries import Chunks, Entry, EntryKind
from deployments.sources.archives.limits import LIMITS, Limits, refused, show
from deployments.sources.archives.names import Parts, check_target, clean_name, drop_parts, split_path
from deployments.sources.archives.tars import Tar
from deployments.sources.archives.tree import Tree
from deployments.sources.archives.zips import Zip

ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
GZIP_START = b"\x1f\x8b"
TAR_MAGIC = slice(257, 262)
SHOWN_NAMES = 8


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What was written. `comment` is the commit id if `git archive` made the archive, else empty."""

    files: int
    size_bytes: int
    comment: str = ""


def unpack(
    archive: Path,
    into: Path,
    *,
    strip: int = 0,
    subfolder: str = "",
    limits: Limits = LIMITS,
    check: Callable[[], None] = lambda: None,
) -> Unpacked:
    """Unpack into the empty folder `into`: without `strip` outer folders, and only what is in `subfolder` then.

    `check` is called before each entry and each piece of one, and may raise. Raises PermanentError, after which part of
    the archive may be in `into`.
    """
    if archive.stat().st_size > limits.archive_bytes:
        raise refused(f"is larger than {limits.archive_bytes} bytes")
    with _open(archive, limits=limits) as entries:
        unpacking = _Unpacking(Tree(into), strip, split_path(subfolder), limits, check)
        for entry in entries:
            unpacking.add(entry)
        return unpacking.finish(comment=entries.comment)


@dataclass(slots=True)
class _Unpacking:
    tree: Tree
    strip: int
    below: Parts
    limits: Limits
    check: Callable[[], None]
    entries: int = 0
    total_bytes: int = 0
    files: int = 0
    size_bytes: int = 0
    seen: dict[str, None] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        self.check()
        parts = clean_name(entry.name, limits=self.limits)
        self._count(entry)
        self._remember(parts)
        wanted = drop_parts(parts, strip=self.strip, below=self.below)
        if wanted:
            self._write(entry, wanted)

    def finish(self, *, comment: str) -> Unpacked:
        if not self.files and self.below:
            has = f"There are: {', '.join(map(show, list(self.seen)[:SHOWN_NAMES]))}." if self.seen else ""
            raise refused(f"has no files in a folder {show('/'.join(self.below))}", hint=has)
        if not self.files:
            raise refused(
                "has no files", hint="Are there as many outer folders as are to be dropped?" * bool(self.strip)
            )
        self.tree.make_links()
        return Unpacked(self.files, self.size_bytes, comment)

    def _count(self, entry: Entry) -> None:
        """What is not wanted counts, too: reading it costs as much."""
        self.entries += 1
        self.total_bytes += entry.size_bytes
        if self.entries > self.limits.entries:
            raise refused(f"has more than {self.limits.entries} entries")
        if entry.size_bytes > self.limits.file_bytes:
            raise refused(f"is larger than {self.limits.file_bytes} bytes", name=entry.name)
        if self.total_bytes > self.limits.total_bytes:
            raise refused(f"unpacks to more than {self.limits.total_bytes} bytes")

    def _remember(self, parts: Parts) -> None:
        inner = parts[self.strip :]
        if inner and len(self.seen) < SHOWN_NAMES:
            self.seen[inner[0]] = None

    def _write(self, entry: Entry, parts: Parts) -> None:
        if entry.kind is EntryKind.FOLDER:
            return self.tree.add_folder(parts)
        if entry.kind is EntryKind.LINK:
            check_target(entry.target, at=parts, limits=self.limits)
            return self.tree.add_link(parts, entry.target)
        self.tree.add_file(parts, self._checked(entry.read()), is_executable=entry.is_executable)
        self.files += 1
        self.size_bytes += entry.size_bytes
        return None

    def _checked(self, chunks: Chunks) -> Iterable[bytes]:
        for chunk in chunks:
            self.check()
            yield chunk


@contextmanager
def _open(archive: Path, *, limits: Limits) -> Iterator[Tar | Zip]:
    """The archive's entries, read by what its first bytes say it is; its name does not matter."""
    with archive.open("rb") as file:
        start = file.read(512)
        file.seek(0)
        if start.startswith(ZIP_STARTS):
            yield Zip(archive, limits=limits)
        elif start.startswith(GZIP_START):
            with _refusing_damage(), gzip.GzipFile(fileobj=file) as stream:
                yield Tar(stream, limits=limits)  # type: ignore[arg-type]
        elif start[TAR_MAGIC] == b"ustar":
            yield Tar(file, limits=limits)
        else:
            raise _unknown(start)


@contextmanager
def _refusing_damage() -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise refused(f"is cut off or damaged ({error})", hint="Make or upload it again.") from error


def _unknown(start: bytes) -> PermanentError:
    if start.lstrip().lower().startswith((b"<!doctype", b"<html")):
        return refused("is a web page", hint="The address may lead to a page that asks people to sign in.")
    return refused("is neither zip nor tar nor tar.gz", hint="Pack the files with zip or tar czf.")
