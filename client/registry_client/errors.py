"""Everything that the client raises.

RegistryError                what all of them are
├ RegistryUnavailable        nobody answered, and nothing that was kept may be used any more
├ RegistryInvalid            what was answered is refused; what was read before is kept
│ ├ SignatureInvalid         a trusted key's signature is wrong: somebody changed the pointer
│ ├ SignatureMissing         it was signed before, or keys are trusted, and now there is no signed pointer
│ ├ UnknownKey               no trusted key has signed it
│ ├ KeyRetired               signed by a key before its time or after its end
│ ├ SerialWentBack           an older serial than one that was seen (rollback)
│ ├ SerialReused             a serial that was seen, with another content
│ ├ PointerExpired           what is shown was not renewed in time (freeze)
│ ├ SnapshotMismatch         parts that do not belong to each other (mix-and-match)
│ ├ DigestMismatch           bytes that are not those that were published
│ ├ TooLarge                 more than it may be, packed or unpacked
│ ├ Malformed                no JSON, nested too deeply, or not in the published shape
│ └ RedirectRefused          led elsewhere: another host, no TLS any more, or in circles
├ EntryNotFound              no such entry; `reason` and `replacement` if there was one
├ SnapshotNotFound           no such serial, or it is not kept any more
└ ClientClosed               used after it was closed
"""


class RegistryError(Exception):
    """What all errors of the client are."""


class RegistryUnavailable(RegistryError):
    """Nobody answered: network, server errors, time-outs. Later it may work."""


class RegistryInvalid(RegistryError):
    """What was answered is refused. Reads go on with what was read before, for as long as `max_stale_seconds` says."""


class SignatureInvalid(RegistryInvalid):
    """A trusted key's signature does not fit what it signs."""


class SignatureMissing(RegistryInvalid):
    """There is no signed pointer where there must be one."""


class UnknownKey(RegistryInvalid):
    """No trusted key has signed it."""


class KeyRetired(RegistryInvalid):
    """Signed by a key that is not valid now."""


class SerialWentBack(RegistryInvalid):
    """An older serial than one that was seen. A registry that rolls back publishes a higher one."""


class SerialReused(RegistryInvalid):
    """The serial that was seen, with another content."""


class PointerExpired(RegistryInvalid):
    """The pointer was not renewed in time: the registry does not publish any more, or somebody holds it back."""


class SnapshotMismatch(RegistryInvalid):
    """Parts that were signed or published, but not together."""


class DigestMismatch(RegistryInvalid):
    """Bytes that are not those that were published."""


class TooLarge(RegistryInvalid):
    """More than it may be, packed or unpacked."""


class Malformed(RegistryInvalid):
    """No JSON, nested too deeply, or not in the published shape."""


class RedirectRefused(RegistryInvalid):
    """Led to another host, away from TLS, or in circles."""


class EntryNotFound(RegistryError, LookupError):
    """No entry has this key. `reason` and `replacement` (a key) say what became of one that was removed."""

    def __init__(self, key: str, *, reason: str | None = None, replacement: str | None = None) -> None:
        self.key, self.reason, self.replacement = key, reason, replacement
        removed = "" if reason is None else f" It was removed: {reason}"
        instead = f" Use {replacement} instead." if replacement else ""
        super().__init__(f"The registry has no {key}.{removed}{instead}")

    def __reduce__(self) -> tuple[object, ...]:
        return _not_found, (self.key, self.reason, self.replacement)


class SnapshotNotFound(RegistryError, LookupError):
    """No snapshot with this serial can be reached from the live one."""


class ClientClosed(RegistryError):
    """The client was closed."""


def _not_found(key: str, reason: str | None, replacement: str | None) -> EntryNotFound:
    return EntryNotFound(key, reason=reason, replacement=replacement)
