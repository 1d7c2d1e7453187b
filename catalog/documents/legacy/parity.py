"""What a dictionary says, beside what the registry gives back in its shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from catalog.documents.legacy.entries import entry_of
from catalog.documents.legacy.members import Meaning, registry_name, understand
from catalog.documents.legacy.stacks import meaning_of
from catalog.documents.legacy.values import ValueMeaningError, is_empty
from catalog.documents.mapping import Document, is_removed

DEFAULTS = {"currency": "USD"}


class Absent(Enum):
    """Stands for a value that is not there; None is one of Python's."""

    ABSENT = auto()


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Compared:
    """One place: its path in the dictionary, the value there, and what the registry gives back."""

    path: str
    embedded: Any
    registry: Any


@dataclass(slots=True)
class Parity:
    """`compared` counts members; `other_forms` mean the same."""

    compared: int = 0
    differences: list[Compared] = field(default_factory=list)
    other_forms: list[Compared] = field(default_factory=list)


def compare(source: object, keys: Mapping[str, str], documents: Mapping[str, Document]) -> Parity:
    """Every member of every entry. `keys` are the keys of the stack types; those without one are not there."""
    parity = Parity()
    for stack_type, entry in source.items() if isinstance(source, Mapping) else ():
        document = documents.get(keys.get(stack_type, ""))
        if document is None or is_removed(document) or not isinstance(entry, Mapping):
            parity.compared += 1
            parity.differences.append(Compared(str(stack_type), entry, ABSENT))
            continue
        _compare_entry(parity, str(stack_type), entry, entry_of(document, documents))
    return parity


def _compare_entry(parity: Parity, stack_type: str, entry: Mapping[Any, Any], ours: Mapping[str, Any]) -> None:
    meant, _ = meaning_of(entry)
    given, _ = meaning_of(ours)
    for name, value in entry.items():
        found = ours.get(registry_name(str(name)), ABSENT)
        compared = Compared(f"{stack_type}.{name}", value, found)
        try:
            members = understand(str(name), value)
        except ValueMeaningError:
            parity.compared += 1
            parity.differences.append(compared)
            continue
        if not members:
            continue
        parity.compared += 1
        if any(_value(meant, member) != _value(given, member) for member in members):
            parity.differences.append(compared)
        elif registry_name(str(name)) != name or not is_same(value, found):
            parity.other_forms.append(compared)


def _value(meaning: Meaning, member: str) -> Any:
    value = meaning.get(member)
    return DEFAULTS.get(member) if is_empty(value) else value


def is_same(embedded: Any, registry: Any) -> bool:
    """Equal for a program that reads it: a tuple is as good as a list, 75.0 is not 75 to whoever prints it."""
    if isinstance(embedded, (list, tuple)) and isinstance(registry, list):
        return len(embedded) == len(registry) and all(map(is_same, embedded, registry))
    return type(embedded) is type(registry) and bool(embedded == registry)
