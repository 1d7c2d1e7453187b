"""Reading tar, entry by entry and in one pass, with bounds on everything that a header may claim.

The standard library decodes the fixed headers; the loop over them is ours, because its own trusts the sizes of
extended headers. Reference: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header".
"""

import re
import tarfile
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from deployments.sources.archives.entries import CHUNK_BYTES, Chunks, Entry, EntryKind
from deployments.sources.archives.limits import MIB, Limits, refused

BLOCK = tarfile.BLOCKSIZE
EXTENSION_BYTES = MIB
# What headers and padding may add to the files themselves.
OVERHEAD_BYTES = 4 * BLOCK
RECORD_PATTERN = re.compile(rb"([1-9][0-9]{0,9}) ([^=\n]{1,200})=")
PAX_TYPES = frozenset({tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE})
LONG_NAMES = {tarfile.GNUTYPE_LONGNAME: "path", tarfile.GNUTYPE_LONGLINK: "linkpath"}
KINDS = {tarfile.DIRTYPE: EntryKind.FOLDER, tarfile.SYMTYPE: EntryKind.LINK} | dict.fromkeys(
    (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE), EntryKind.FILE
)
REFUSED_TYPES = {
    tarfile.LNKTYPE: "is a hard link",
    tarfile.CHRTYPE: "is a device",
    tarfile.BLKTYPE: "is a device",
    tarfile.FIFOTYPE: "is a pipe",
    tarfile.GNUTYPE_SPARSE: "is a sparse file",
}
REFUSED_HINT = "Archives may hold files, folders and symbolic links."
HARD_LINK_HINT = "Make the archive with tar --hard-dereference."


class Tar:
    """The entries of a stream, once. `comment` is the commit id that `git archive` writes, as soon as one is read."""

    def __init__(self, stream: BinaryIO, *, limits: Limits) -> None:
        self.comment = ""
        self._stream = stream
        self._left = limits.total_bytes + limits.entries * OVERHEAD_BYTES + EXTENSION_BYTES
        self._unread = 0

    def __iter__(self) -> Iterator[Entry]:
        given: dict[str, bytes] = {}
        while (info := self._next_header()) is not None:
            if self._is_extension(info):
                given |= self._read_extension(info)
                continue
            yield self._make_entry(info, given)
            self._skip_rest()
            given = {}
        # To the very end, so that a damaged or cut archive is found out.
        while self._read(CHUNK_BYTES):
            pass

    def _next_header(self) -> tarfile.TarInfo | None:
        block = self._read_exactly(BLOCK)
        if not any(block):
            return None
        try:
            return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError as error:
            raise refused(f"has a header that makes no sense ({error})") from error

    def _is_extension(self, info: tarfile.TarInfo) -> bool:
        return info.type in PAX_TYPES or info.type in LONG_NAMES or info.type == tarfile.XGLTYPE

    def _read_extension(self, info: tarfile.TarInfo) -> Mapping[str, bytes]:
        if not 0 <= info.size <= EXTENSION_BYTES:
            raise refused(f"has an extended header of {info.size} bytes")
        self._unread = _padded(info.size)
        body = b"".join(self._chunks(info.size))
        self._skip_rest()
        if info.type in LONG_NAMES:
            return {LONG_NAMES[info.type]: body.rstrip(b"\0")}
        records = dict(_read_records(body))
        if info.type != tarfile.XGLTYPE:
            return records
        if records.keys() & {"path", "linkpath", "size"}:
            raise refused("gives all of its entries one name or size")
        self.comment = records.get("comment", b"").decode("ascii", "replace")
        return {}

    def _make_entry(self, info: tarfile.TarInfo, given: Mapping[str, bytes]) -> Entry:
        name = _text(given.get("path"), info.name)
        kind = KINDS.get(info.type)
        if kind is None or any(key.startswith("GNU.sparse.") for key in given):
            reason = REFUSED_TYPES.get(info.type, "is of a kind that is not known" if kind is None else "is sparse")
            hint = HARD_LINK_HINT if info.type == tarfile.LNKTYPE else REFUSED_HINT
            raise refused(reason, name=name, hint=hint)
        size = _size(given.get("size"), info.size, name=name) if kind is EntryKind.FILE else 0
        self._unread = _padded(size)
        return Entry(
            name=name,
            kind=kind,
            size_bytes=size,
            is_executable=bool(info.mode & 0o100),
            target=_text(given.get("linkpath"), info.linkname),
            read=lambda: self._chunks(size),
        )

    def _chunks(self, size: int) -> Chunks:
        while size:
            chunk = self._read_exactly(min(size, CHUNK_BYTES))
            size -= len(chunk)
            self._unread -= len(chunk)
            yield chunk

    def _skip_rest(self) -> None:
        """What was not read of an entry, and the zeros behind it."""
        while self._unread:
            self._unread -= len(self._read_exactly(min(self._unread, CHUNK_BYTES)))

    def _read_exactly(self, size: int) -> bytes:
        content = self._read(size)
        if len(content) < size:
            raise refused("is cut off", hint="Make or upload it again.")
        return content

    def _read(self, size: int) -> bytes:
        content = self._stream.read(size)
        self._left -= len(content)
        if self._left < 0:
            raise refused("unpacks to more than is taken")
        return content


def _read_records(body: bytes) -> Iterator[tuple[str, bytes]]:
    position = 0
    while position < len(body):
        found = RECORD_PATTERN.match(body, position)
        end = position + int(found[1]) if found else 0
        if found is None or not found.end() < end <= len(body) or body[end - 1 : end] != b"\n":
            raise refused("has an extended header that makes no sense")
        yield found[2].decode("utf-8", "replace"), body[found.end() : end - 1]
        position = end


def _text(given: bytes | None, otherwise: str) -> str:
    return otherwise if given is None else given.decode("utf-8", "surrogateescape")


def _size(given: bytes | None, otherwise: int, *, name: str) -> int:
    if given is not None and not (given.isdigit() and len(given) < 20):
        raise refused("has a size that is no number", name=name)
    size = otherwise if given is None else int(given)
    if size < 0:
        raise refused("has a negative size", name=name)
    return size


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK
