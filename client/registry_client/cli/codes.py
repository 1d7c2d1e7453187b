"""How a command ends: the exit codes, and what went wrong as code, message and hint.

CommandError           the message and the hint are for people; `errors` names places of what was refused
"""

import errno
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

from registry_client.errors import (
    EntryNotFound,
    PointerExpired,
    RegistryInvalid,
    RegistryUnavailable,
    SerialReused,
    SerialWentBack,
    SignatureMissing,
    SnapshotNotFound,
    UnknownKey,
)


class Code(IntEnum):
    """The table of CLI.md; a number is never given another meaning."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    UNAVAILABLE = 3
    NOT_FOUND = 4
    NOT_ALLOWED = 5
    CONFLICT = 6
    DISK = 7
    BUG = 70
    INTERRUPTED = 130
    PIPE = 141

    @property
    def word(self) -> str:
        """As `--json` names it."""
        return self.name.lower()


class CommandError(Exception):
    """`errors`: `{"path", "code", "message"}` of each place that is wrong, as the API has them."""

    def __init__(self, code: Code, message: str, *, hint: str = "", errors: Sequence[Mapping[str, Any]] = ()) -> None:
        self.code, self.message, self.hint, self.errors = code, message, hint, list(errors)
        super().__init__(message)


FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
TRUST = "Only its publisher can sign a registry. If its keys were changed on purpose, pass the new ones with --keys."
BACK = "Somebody may show you an old copy. If the registry was set up anew: registry cache clear --forget."
# Of the library's errors: what helps. The first class that fits.
HINTS: tuple[tuple[type[Exception], str], ...] = (
    (EntryNotFound, "registry list shows every key."),
    (SnapshotNotFound, "registry status shows the live serial; old snapshots are collected in time."),
    (RegistryUnavailable, "Check the address (--url, REGISTRY_URL) and the network; --mirror names another copy."),
    (SerialWentBack, BACK),
    (SerialReused, BACK),
    (PointerExpired, "The registry does not renew its pointer any more, or somebody holds it back. Check your clock."),
    (UnknownKey, TRUST),
    (SignatureMissing, TRUST),
    (RegistryInvalid, "What came is not what was published, and was not used. registry verify lists every fault."),
)


def describe_error(error: Exception) -> CommandError:
    """What to tell of an error of the library or the system; BUG for one that nobody has thought of."""
    if isinstance(error, CommandError):
        return error
    if isinstance(error, OSError):
        return _describe_disk(error)
    hint = next((hint for kind, hint in HINTS if isinstance(error, kind)), "")
    if isinstance(error, RegistryUnavailable):
        return CommandError(Code.UNAVAILABLE, str(error), hint=hint)
    if isinstance(error, EntryNotFound | SnapshotNotFound):
        return CommandError(Code.NOT_FOUND, str(error), hint=hint)
    if isinstance(error, RegistryInvalid):
        return CommandError(Code.REFUSED, str(error), hint=hint)
    message = f"This is a fault of the command itself: {type(error).__name__}: {error}"
    return CommandError(Code.BUG, message, hint="REGISTRY_DEBUG=1 shows where; please report it.")


def _describe_disk(error: OSError) -> CommandError:
    place = f"{error.filename}: " if error.filename else ""
    hint = "Free some space and run it again: what was fetched stays." if error.errno in FULL else ""
    return CommandError(Code.DISK, f"{place}{error.strerror or error}", hint=hint)
