"""Values as DynamoDB's attributes and back; pure. Texts, whole numbers, truth, bytes, sets and lists of texts."""

import gzip
from collections.abc import Mapping, Sequence
from typing import Any

Item = dict[str, Any]
# An item may have 400 KB with the names of its attributes.
MAX_PART_BYTES = 350_000


def pack(values: Mapping[str, Any]) -> dict[str, Any]:
    """An item as it is sent. What is None, or an empty set, is left out."""
    return {name: _pack(value) for name, value in values.items() if value is not None and value != frozenset()}


def unpack(item: Mapping[str, Any]) -> Item:
    """An item as it was packed; lists come back as tuples."""
    return {name: _unpack(*next(iter(value.items()))) for name, value in item.items()}


def split(content: bytes) -> list[bytes]:
    """Compressed, in parts that each fit into an item; the same content gives the same parts."""
    packed = gzip.compress(content, mtime=0)
    return [packed[start : start + MAX_PART_BYTES] for start in range(0, len(packed), MAX_PART_BYTES)]


def join(parts: Sequence[bytes]) -> bytes:
    return gzip.decompress(b"".join(parts))


def _pack(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, frozenset):
        return {"SS": sorted(value)}
    if isinstance(value, tuple):
        return {"L": [_pack(each) for each in value]}
    raise TypeError(f"{type(value).__name__} is no attribute of this table.")


def _unpack(kind: str, value: Any) -> Any:
    if kind == "N":
        return int(value)
    if kind == "B":
        return bytes(value)
    if kind == "SS":
        return frozenset(value)
    if kind == "L":
        return tuple(_unpack(*next(iter(each.items()))) for each in value)
    return value
