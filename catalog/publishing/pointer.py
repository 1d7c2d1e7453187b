"""`current.json`: the one mutable file that says which snapshot is live, signed.

Reference: RFC 7515 (JWS, general JSON serialization).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import datetime, timedelta
from typing import Any

from catalog.documents.canonical import canonical_bytes
from catalog.publishing.signing import KeyPair, decode, sign
from catalog.publishing.tree import POINTER_PATH, TreeFile, time_text

VALIDITY = timedelta(days=7)


class PointerError(ValueError):
    """`current.json` cannot be read as a pointer."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """The payload: times are RFC 3339 texts, `snapshot` is a path within the tree."""

    serial: int
    snapshot: str
    sha256: str
    published_at: str
    expires_at: str


def make_pointer(*, serial: int, path: str, sha256: str, published_at: datetime, expires_at: datetime) -> Pointer:
    return Pointer(
        serial=serial,
        snapshot=path,
        sha256=sha256,
        published_at=time_text(published_at),
        expires_at=time_text(expires_at),
    )


def render_pointer(pointer: Pointer, keys: Sequence[KeyPair]) -> TreeFile:
    """`current.json` signed by every one of `keys`, and naming them: so a reader who trusts one learns the others."""
    named = [{"kty": "OKP", "crv": "Ed25519", "x": key.x} for key in keys]
    return TreeFile(POINTER_PATH, canonical_bytes(sign(canonical_bytes({**asdict(pointer), "keys": named}), keys)))


def parse_pointer(content: bytes) -> Pointer:
    """The pointer in the bytes of `current.json`; unknown members are ignored. Raises PointerError."""
    try:
        payload = json.loads(content)["payload"]
        members: dict[str, Any] = json.loads(decode(payload))
        pointer = Pointer(**{name: members[name] for name in Pointer.__dataclass_fields__})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PointerError(f"{POINTER_PATH} is no pointer: {error}") from error
    if type(pointer.serial) is not int or not all(isinstance(text, str) for text in astuple(pointer)[1:]):
        raise PointerError(f"{POINTER_PATH} is no pointer: its members have other types.")
    return pointer
