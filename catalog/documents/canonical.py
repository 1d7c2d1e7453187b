"""The bytes that digests cover.

Reference: RFC 8785 (JSON Canonicalization Scheme).
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import rfc8785


class DocumentError(ValueError):
    """The document cannot be written as canonical JSON (RFC 8785); the message says why."""


def canonical_bytes(value: Any) -> bytes:
    """RFC 8785 bytes.

    Raises DocumentError for what has no canonical form here: NaN, huge integers, U+0000, lone surrogates, too deep a
    nesting.
    """
    try:
        content = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise DocumentError(str(error)) from error
    except RecursionError as error:
        raise DocumentError("It is nested too deeply.") from error
    if b"\\u0000" in content and _has_nul(value):
        raise DocumentError("A text holds the character U+0000.")
    return content


def sha256_hex(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, Mapping):
        return any(_has_nul(item) for pair in value.items() for item in pair)
    return isinstance(value, Sequence) and any(_has_nul(item) for item in value)
