"""Bytes of strangers: JSON and gzip within limits, and the digests that name them."""

import hashlib
import json
import zlib
from collections.abc import Iterator
from typing import Any, NoReturn

from registry_client.core.steps import Answer
from registry_client.errors import DigestMismatch, Malformed, TooLarge

# More than any publisher can write, less than a parser needs the stack for.
MAX_DEPTH = 500
WHITESPACE = " \t\n\r"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def sha256_hex(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def parse_object(path: str, content: bytes) -> dict[str, Any]:
    """A JSON object. Raises Malformed: anything else, nested deeper than MAX_DEPTH, NaN, no UTF-8."""
    try:
        value = DECODER.decode(content.decode())
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{path} is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise Malformed(f"{path} is no JSON object.")
    check_depth(path, value)
    return value


def check_depth(path: str, value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for item in level for inner in _containers(item)]
        if not level:
            return
    raise Malformed(f"{path} is nested more than {MAX_DEPTH} levels deep.")


def _containers(value: Any) -> Iterator[Any]:
    items = value.values() if isinstance(value, dict) else value
    return (item for item in items if isinstance(item, dict | list))


def split_members(path: str, content: bytes) -> dict[str, bytes]:
    """A JSON object of objects as name -> the bytes of each member, just as they stand. Raises Malformed.

    Where the whole is canonical, so is each member: its digest is that of the document.
    """
    try:
        return dict(_members(path, content.decode()))
    except (ValueError, RecursionError, IndexError) as error:
        raise Malformed(f"{path} is no JSON: {error}") from error


def _members(path: str, text: str) -> Iterator[tuple[str, bytes]]:
    at = _skip(text, _expect(text, _skip(text, 0), "{"))
    while text[at] != "}":
        name, at = DECODER.raw_decode(text, _skip(text, at))
        start = _skip(text, _expect(text, _skip(text, at), ":"))
        value, at = DECODER.raw_decode(text, start)
        if not isinstance(name, str) or not isinstance(value, dict):
            raise Malformed(f"{path} is no JSON object of objects.")
        check_depth(path, value)
        yield name, text[start:at].encode()
        at = _skip(text, at)
        if text[at] != "}":
            at = _skip(text, _expect(text, at, ","))
            _refuse(text[at] == "}", "a comma before its end")
    _refuse(bool(text[at + 1 :].strip(WHITESPACE)), "something behind its end")


def _refuse(is_wrong: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence
    if is_wrong:
        raise ValueError(what)


def _skip(text: str, at: int) -> int:
    while text[at] in WHITESPACE:
        at += 1
    return at


def _expect(text: str, at: int, mark: str) -> int:
    if text[at] != mark:
        raise ValueError(f"{mark!r} is missing at {at}")
    return at + 1


def gunzip(path: str, content: bytes, *, max_bytes: int) -> bytes:
    """Unpacked, never more than `max_bytes` of it. Raises TooLarge, Malformed."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(content, max_bytes + 1)
    except zlib.error as error:
        raise Malformed(f"{path} cannot be unpacked: {error}") from error
    if len(unpacked) > max_bytes:
        raise TooLarge(f"{path} has more than {max_bytes:,} bytes when it is unpacked.")
    if not unpacker.eof or unpacker.unused_data:
        raise Malformed(f"{path} is no single whole gzip file.")
    return unpacked


def plain_content(path: str, answer: Answer, *, max_bytes: int) -> bytes:
    """What a server may have packed although nobody asked it to. Raises TooLarge, Malformed."""
    if answer.encoding in ("", "identity"):
        return answer.content
    if answer.encoding in ("gzip", "x-gzip"):
        return gunzip(path, answer.content, max_bytes=max_bytes)
    raise Malformed(f"{path} was sent packed as {answer.encoding[:40]!r}, which was not asked for.")


def digested_content(path: str, answer: Answer, *, sha256: str, max_bytes: int) -> bytes:
    """The bytes with this digest: as they came, or unpacked if a server packed them, or calls a bundle's gzip its own.

    Raises DigestMismatch, TooLarge, Malformed.
    """
    if sha256_hex(answer.content) == sha256:
        return answer.content
    content = plain_content(path, answer, max_bytes=max_bytes)
    if sha256_hex(content) != sha256:
        raise DigestMismatch(f"{path} does not have the bytes that were published: its digest is another.")
    return content
