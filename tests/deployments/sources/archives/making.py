"""Archives made entry by entry, so that they can hold what no tool would write."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Sequence
from typing import Any, Literal

Dialect = Literal[0, 1, 2]
Tarred = tuple[tarfile.TarInfo, bytes]


def tar_entry(name: str, content: bytes = b"", **fields: Any) -> Tarred:
    """An entry of a tar; its size is the content's unless `size` is given."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o644
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def tar_link(name: str, target: str) -> Tarred:
    return tar_entry(name, type=tarfile.SYMTYPE, linkname=target)


def tar_bytes(entries: Sequence[Tarred], *, dialect: Dialect = tarfile.PAX_FORMAT, comment: str = "") -> bytes:
    """A tar of these entries, whatever they claim; ended as a tar is."""
    parts = []
    if comment:
        parts.append(tarfile.TarInfo.create_pax_global_header({"comment": comment}))
    for info, content in entries:
        parts += [info.tobuf(dialect, "utf-8", "surrogateescape"), content, bytes(-len(content) % 512)]
    return b"".join([*parts, bytes(1024)])


def gzipped(entries: Sequence[Tarred], *, comment: str = "") -> bytes:
    return gzip.compress(tar_bytes(entries, comment=comment), compresslevel=1, mtime=0)


def pax_entry(records: bytes, name: str = "file", content: bytes = b"x") -> bytes:
    """A tar whose one file has these bytes as its extended header."""
    header = tar_entry("pax", records, type=tarfile.XHDTYPE)
    return tar_bytes([header, tar_entry(name, content)], dialect=tarfile.USTAR_FORMAT)


def raw_size(size_field: bytes) -> bytes:
    """A tar whose one header has this as its field of the size, with a right checksum."""
    block = bytearray(tar_entry("file", b"x")[0].tobuf(tarfile.USTAR_FORMAT))
    block[124:136] = size_field
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + b"x" + bytes(511 + 1024)


def zip_bytes(entries: Sequence[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


def zip_entry(name: str, *, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr, info.create_system = mode << 16, 3
    return info


def zip_link(name: str, target: str) -> tuple[zipfile.ZipInfo, bytes]:
    return zip_entry(name, mode=0o120777), target.encode()
