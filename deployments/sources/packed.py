"""What sources that take an archive have in common: unpacking what has arrived as their config says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

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
    context.log(f"Unpacked {unpacked.files} files, {unpacked.size_bytes} bytes.")
    return Source(into, revision, size_bytes=unpacked.size_bytes)


def check_digest(found: str, expected: str) -> None:
    """Both are SHA-256 in hexadecimal digits. Raises PermanentError with the digest that was found."""
    if found != expected:
        raise PermanentError(
            "What arrived is not what was expected: its SHA-256 checksum is another.",
            hint=f"It is {found}. Give this one only if the archive's author says that it is right.",
        )
