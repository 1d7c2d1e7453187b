"""What sources that take an archive have in common: unpacking what has arrived as their config says."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from deployments.configs.words import counted
from deployments.contract import Context, PermanentError, Source
from deployments.sources.archives.unpacking import unpack


def unpack_source(archive: Path, config: Mapping[str, Any], revision: str, into: Path, context: Context) -> Source:
    """Unpack `archive` into `into` by `stripComponents` and `subfolder` of the config. Raises PermanentError."""
    unpacked = unpack(
        archive,
        into,
        strip=config.get("stripComponents", 0),
        subfolder=config.get("subfolder", ""),
        check=context.check,
    )
    context.log(f"Unpacked {counted(unpacked.files, 'file')}, {counted(unpacked.size_bytes, 'byte')}.")
    return Source(into, revision, size_bytes=unpacked.size_bytes)


def save_chunks(chunks: Iterable[bytes], path: Path, *, claimed: int, most: int, context: Context) -> str:
    """Write a download to a new file; the SHA-256 of what arrived. `claimed` is the size that the server speaks of.

    Raises PermanentError beyond `most` bytes, at once if so many are claimed.
    """
    if claimed > most:
        raise _too_large(most)
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as file:
        for chunk in chunks:
            context.check()
            size += len(chunk)
            if size > most:
                raise _too_large(most)
            digest.update(chunk)
            file.write(chunk)
    context.log(f"Downloaded {counted(size, 'byte')}.")
    return digest.hexdigest()


def check_digest(found: str, expected: str) -> None:
    """Both are SHA-256 in hexadecimal digits. Raises PermanentError with the digest that was found."""
    if found != expected:
        raise PermanentError(
            "What arrived is not what was expected: its SHA-256 checksum is another.",
            hint=f"It is {found}. Give this one only if the archive's author says that it is right.",
        )


def _too_large(most: int) -> PermanentError:
    return PermanentError(f"The download is larger than {most} bytes.", hint="Offer a smaller archive.")
