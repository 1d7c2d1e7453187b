"""Where the comparison is, and what it found there."""

from dataclasses import dataclass
from typing import Any

from catalog.schemas.walking import Path

# No value at all; None is one of JSON's.
MISSING = object()


@dataclass(frozen=True, slots=True)
class Place:
    """`path` leads to the schema that reads, `where` to the value in an instance."""

    path: Path = ()
    where: Path = ()

    def at(self, *parts: str | int) -> "Place":
        """The same value, seen by a part of the schema."""
        return Place((*self.path, *parts), self.where)

    def into(self, step: str | int, *parts: str | int) -> "Place":
        """The member or item `step`, seen by a part of the schema."""
        return Place((*self.path, *parts), (*self.where, step))


@dataclass(frozen=True, slots=True)
class Break:
    """Something that may be written and is not read. `kind` is a stable word.

    `hints` are values that may show it at `where`, `size` is a number of items or members that may. A lenient
    comparison forgives what `is_forgiven`.
    """

    path: Path
    kind: str
    text: str
    where: Path = ()
    hints: tuple[Any, ...] = ()
    size: int | None = None
    is_forgiven: bool = False


def holds(breaks: list[Break]) -> bool:
    """Whether nothing breaks but what is forgiven."""
    return all(found.is_forgiven for found in breaks)
