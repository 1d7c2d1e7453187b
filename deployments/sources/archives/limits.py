"""How much of an archive is taken, and the one way of refusing it."""

from dataclasses import dataclass

from deployments.contract import PermanentError

MIB = 1024 * 1024
SHOWN_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Limits:
    """`archive_bytes` is the file itself, `total_bytes` all that comes out of it, `depth` the folders of a path."""

    archive_bytes: int = 256 * MIB
    total_bytes: int = 512 * MIB
    file_bytes: int = 256 * MIB
    entries: int = 20_000
    depth: int = 32
    path_bytes: int = 1_024


LIMITS = Limits()


def refused(reason: str, *, name: str = "", hint: str = "") -> PermanentError:
    """The error that says why an archive, or the entry `name` of it, is not unpacked."""
    what = f"The archive's entry {show(name)}" if name else "The archive"
    return PermanentError(f"{what} {reason}.", hint=hint)


def show(name: str) -> str:
    """A name that may hold anything, quoted and short enough for a message."""
    text = ascii(name) if not name.isprintable() else repr(name)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."
