"""What differs between two documents, member by member."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.documents.canonical import canonical_bytes
from catalog.schemas.validation import pointer_to

ABSENT = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """One member that differs: JSON Pointer, value before, value after; None where there was or is none."""

    path: str
    before: Any
    after: Any


def diff_documents(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Differences in the order of their names. Objects are compared member by member, lists as a whole."""
    return list(_differences((), before, after))


def _differences(path: tuple[str, ...], before: Any, after: Any) -> list[Difference]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return [
            difference
            for name in sorted(before.keys() | after.keys())
            for difference in _differences((*path, name), before.get(name, ABSENT), after.get(name, ABSENT))
        ]
    # 1 == True in Python, not in JSON.
    if before == after and canonical_bytes(before) == canonical_bytes(after):
        return []
    return [Difference(pointer_to(path), None if before is ABSENT else before, None if after is ABSENT else after)]
