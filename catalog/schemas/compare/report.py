"""The comparison of an old and a new schema as people and programs read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from catalog.schemas.compare.examples import find_example
from catalog.schemas.compare.listing import MAX_LISTED, list_differences
from catalog.schemas.compare.places import MISSING, Break
from catalog.schemas.compare.sides import Side
from catalog.schemas.compare.subset import Subset
from catalog.schemas.judging import TooMuchWorkError, limited
from catalog.schemas.problems import pointer_to

# How many breaking changes of one direction are told one by one.
MAX_TOLD = 200
MAX_STEPS_EACH = 20_000
MAX_EXAMPLE_STEPS = 100_000
MAX_STEPS = 100_000
FORGIVEN = "Lenient: a member that the other schema does not speak of is taken to be absent. "
UNPROVEN = " No example could be constructed; it counts as breaking because the opposite is not certain."


class Mode(StrEnum):
    """BACKWARD: the new schema accepts what the old one accepts. FORWARD: the other way round. FULL: both."""

    BACKWARD = "BACKWARD"
    FORWARD = "FORWARD"
    FULL = "FULL"


class Policy(StrEnum):
    """With LENIENT it breaks nothing to add a property that need not be given to an open object."""

    LENIENT = "lenient"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `path` is a JSON Pointer into the schema that refuses; `kind` a stable word.

    `example` is an instance that one of the schemas accepts and the other refuses, MISSING without one.
    """

    path: str
    kind: str
    breaking: bool
    explanation: str
    example: Any = MISSING

    @property
    def has_example(self) -> bool:
        return self.example is not MISSING


@dataclass(frozen=True, slots=True)
class Comparison:
    changes: tuple[Change, ...] = ()

    @property
    def compatible(self) -> bool:
        return not any(change.breaking for change in self.changes)

    @property
    def breaking(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.breaking)


def compare_schemas(old: Any, new: Any, *, mode: Mode = Mode.BACKWARD, policy: Policy = Policy.LENIENT) -> Comparison:
    """What changed from `old` to `new`, breaking changes first. Both must be free of `rules.schema_problems`.

    Pure, no network; ends within a second or two, and what is too complicated by then is breaking.
    """
    before, after = Side(old), Side(new)
    is_lenient = policy is Policy.LENIENT
    changes: list[Change] = []
    told: set[tuple[str | int, ...]] = set()
    left = MAX_EXAMPLE_STEPS
    for writer, reader, words in _directions(before, after, mode):
        breaks = find_breaks(writer, reader, is_lenient=is_lenient)
        told |= {found.path for found in breaks}
        for found in breaks[:MAX_TOLD]:
            steps = min(left, MAX_STEPS_EACH)
            example, unspent = find_example(writer, reader, found, steps=steps) if left > 0 else (MISSING, 0)
            left -= steps - unspent
            changes.append(_change(found, words, example))
        if len(breaks) > MAX_TOLD:
            text = f"There are {len(breaks) - MAX_TOLD:,} more such changes."
            changes.append(Change("", "too_many", breaking=True, explanation=text))
    changes += _harmless(old, new, told)
    return Comparison(tuple(sorted(changes, key=lambda change: not change.breaking)))


def find_breaks(writer: Side, reader: Side, *, is_lenient: bool) -> list[Break]:
    """Everything that may be written and is not read, each once; empty only if there certainly is nothing."""
    try:
        with limited(MAX_STEPS):
            found = Subset(writer, reader, is_lenient=is_lenient).find()
    except TooMuchWorkError:
        found = [Break((), "too_complex", "the schemas are too complicated to be compared to the end")]
    return list({(each.path, each.kind, each.text): each for each in found}.values())


def _directions(before: Side, after: Side, mode: Mode) -> Iterator[tuple[Side, Side, tuple[str, str]]]:
    if mode is not Mode.FORWARD:
        yield before, after, ("old", "new")
    if mode is not Mode.BACKWARD:
        yield after, before, ("new", "old")


def _change(found: Break, words: tuple[str, str], example: Any) -> Change:
    writes, reads = words
    text = f"By the {writes} schema {found.text}; the {reads} one refuses that."
    if found.is_forgiven:
        return Change(
            pointer_to(found.path), "property_unspoken", breaking=False, explanation=FORGIVEN + text, example=example
        )
    return Change(
        pointer_to(found.path),
        found.kind,
        breaking=True,
        explanation=text + ("" if example is not MISSING else UNPROVEN),
        example=example,
    )


def _harmless(old: Any, new: Any, told: set[tuple[str | int, ...]]) -> Iterator[Change]:
    for count, found in enumerate(list_differences(old, new)):
        if count >= MAX_LISTED:
            return
        if found.path not in told:
            yield Change(pointer_to(found.path), found.kind, breaking=False, explanation=found.text)
