"""What a hard-coded dictionary says otherwise than the registry; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Absent(Enum):
    """Stands for a value that is not there; None is a value."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "nothing"


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Difference:
    """One member of one stack: what the program has, and what the registry has. `member` is empty for a whole stack."""

    stack_type: str
    member: str
    embedded: Any
    registry: Any

    def __str__(self) -> str:
        place = f"{self.stack_type}.{self.member}" if self.member else self.stack_type
        return f"{place}: the program has {self.embedded!r}, the registry has {self.registry!r}"


def find_differences(
    stack_type: str, embedded: Mapping[str, Any], registry: Mapping[str, Any] | None
) -> Iterator[Difference]:
    """Member by member, in the dictionary's order; `registry` is None for a stack that it does not have.

    A tuple is equal to a list of the same items. What only the registry has is no difference: nobody reads it yet.
    """
    if registry is None:
        yield Difference(stack_type, "", embedded, ABSENT)
        return
    for member, value in embedded.items():
        other = registry.get(member, ABSENT)
        if not is_same(value, other):
            yield Difference(stack_type, str(member), value, other)


def is_same(embedded: Any, registry: Any) -> bool:
    """Equal for a program that reads it: a tuple is as good as a list, 75.0 is not 75 to whoever prints it."""
    if isinstance(embedded, (list, tuple)) and isinstance(registry, (list, tuple)):
        return len(embedded) == len(registry) and all(map(is_same, embedded, registry))
    if isinstance(embedded, Mapping) and isinstance(registry, Mapping):
        return embedded.keys() == registry.keys() and all(is_same(embedded[name], registry[name]) for name in embedded)
    return type(embedded) is type(registry) and bool(embedded == registry)
