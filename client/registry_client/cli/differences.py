"""What differs between documents, member by member; pure.

Reference: RFC 6901 (JSON Pointer).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class Absent:
    """There is no such member; null is a value."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Member:
    """One member of several documents, in their order; ABSENT where there is none."""

    path: str
    values: tuple[Any, ...]

    @property
    def is_equal(self) -> bool:
        return all(_is_same(self.values[0], value) for value in self.values[1:])


def compare_members(documents: Sequence[Mapping[str, Any]]) -> list[Member]:
    """Every member of all of them, in the order of the first that has it. Objects by member, lists as a whole."""
    return list(_members("", documents))


def compare_whole(documents: Sequence[Mapping[str, Any]]) -> list[Member]:
    """The same, but objects as a whole, too."""
    names = dict.fromkeys(name for document in documents for name in document)
    return [Member(f"/{name}", tuple(document.get(name, ABSENT) for document in documents)) for name in names]


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Member]:
    """The members that two documents do not share."""
    return [member for member in compare_members([before, after]) if not member.is_equal]


def shown(value: Any) -> Any:
    """For JSON, which has no word for what is not there."""
    return None if value is ABSENT else value


def pointer_name(path: str) -> str:
    """A pointer as people write members: `a.b`."""
    return ".".join(part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:])


def _members(path: str, values: Sequence[Any]) -> Iterator[Member]:
    if not all(value is ABSENT or (isinstance(value, dict) and value) for value in values):
        yield Member(path, tuple(values))
        return
    names: dict[str, None] = {}
    for value in values:
        names.update(dict.fromkeys(() if value is ABSENT else value))
    for name in names:
        inner = [ABSENT if value is ABSENT else value.get(name, ABSENT) for value in values]
        yield from _members(f"{path}/{name.replace('~', '~0').replace('/', '~1')}", inner)


def _is_same(one: Any, other: Any) -> bool:
    """1 == True in Python, not in JSON."""
    if one is ABSENT or other is ABSENT:
        return one is other
    return bool(one == other) and json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
