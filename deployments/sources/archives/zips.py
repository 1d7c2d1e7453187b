"""Reading zip with the standard library, its reads bounded and its guesses checked.

Reference: PKWARE APPNOTE 6.3.10, 4.4.2 (external attributes), 4.4.4 (general purpose bits).
"""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from deployments.sources.archives.entries import CHUNK_BYTES, Chunks, Entry, EntryKind
from deployments.sources.archives.limits import MIB, Limits, refused

# The list of entries is read at once.
LIST_BYTES = 8 * MIB
ENCRYPTED_BITS = 0x0001 | 0x0040 | 0x2000
UTF8_BIT = 0x0800
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
KINDS = {0: EntryKind.FILE, stat.S_IFREG: EntryKind.FILE, stat.S_IFDIR: EntryKind.FOLDER, stat.S_IFLNK: EntryKind.LINK}
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, ValueError, OverflowError)


class Zip:
    """The entries of a zip file."""

    comment = ""

    def __init__(self, path: Path, *, limits: Limits) -> None:
        self._path, self._limits = path, limits

    def __iter__(self) -> Iterator[Entry]:
        with self._path.open("rb") as file, _refusing_damage():
            archive = zipfile.ZipFile(_BoundedReads(file))
            if len(archive.infolist()) > self._limits.entries:
                raise refused(f"has more than {self._limits.entries} entries")
            for info in archive.infolist():
                yield _make_entry(archive, info, limits=self._limits)


class _BoundedReads(io.RawIOBase):
    """A file for `zipfile`, which reads as much at once as the archive tells it to."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence == io.SEEK_SET and offset < 0:
            raise zipfile.BadZipFile("an entry lies before the beginning")
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size if 0 <= size <= LIST_BYTES else LIST_BYTES + 1)
        if len(content) > LIST_BYTES:
            raise refused("has too long a list of entries")
        return content


def _make_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, *, limits: Limits) -> Entry:
    name = _name(info)
    mode = info.external_attr >> 16
    kind = EntryKind.FOLDER if name.endswith("/") else KINDS.get(stat.S_IFMT(mode))
    if info.flag_bits & ENCRYPTED_BITS:
        raise refused("is encrypted", name=name, hint="Make the archive without a password.")
    if info.compress_type not in METHODS:
        raise refused("is packed in an unusual way", name=name, hint="Use the method deflate, or none.")
    if kind is None:
        raise refused("is a device or pipe", name=name, hint="Archives may hold files, folders and symbolic links.")
    if info.file_size < 0 or (kind is EntryKind.LINK and info.file_size > limits.path_bytes):
        raise refused("has a size that makes no sense", name=name)
    return Entry(
        name=name,
        kind=kind,
        size_bytes=info.file_size if kind is EntryKind.FILE else 0,
        is_executable=bool(mode & 0o100),
        target=_target(archive, info, name=name) if kind is EntryKind.LINK else "",
        read=lambda: _read(archive, info, name=name),
    )


def _name(info: zipfile.ZipInfo) -> str:
    """The name as it was written. Many tools write UTF-8 without saying so, where `zipfile` has read code page 437."""
    if info.flag_bits & UTF8_BIT:
        return info.orig_filename
    try:
        return info.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.orig_filename


def _target(archive: zipfile.ZipFile, info: zipfile.ZipInfo, *, name: str) -> str:
    return b"".join(_read(archive, info, name=name)).decode("utf-8", "surrogateescape")


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, *, name: str) -> Chunks:
    left = info.file_size
    with _refusing_damage(name), archive.open(info) as member:
        while chunk := member.read(CHUNK_BYTES):
            left -= len(chunk)
            yield chunk
    if left:
        raise refused("is not as long as it claims", name=name)


@contextmanager
def _refusing_damage(name: str = "") -> Iterator[None]:
    try:
        yield
    except DAMAGED as error:
        raise refused(f"is damaged ({error})", name=name, hint="Make or upload it again.") from error
