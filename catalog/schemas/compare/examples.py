"""An instance that shows a difference: accepted by one schema, refused by the other, judged before it is told."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from catalog.schemas.compare.places import MISSING, Break
from catalog.schemas.compare.samples import Samples
from catalog.schemas.compare.sides import Side
from catalog.schemas.judging import TooMuchWorkError, limited

# How many instances are tried for one difference.
MAX_TRIES = 400
MAX_STEPS = 30_000
ANYTHING: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 0.5, 100, "", "a", "text", "A b!", "x" * 300, [], [1], [1, 1], ["a", "b"], {},
    {"extra": 1}, {"a": 1, "b": 2},
)  # fmt: skip


def find_example(writer: Side, reader: Side, found: Break, *, steps: int = MAX_STEPS) -> tuple[Any, int]:
    """An instance that the writer's schema accepts and the reader's does not, MISSING if none was found in time.

    Looking for it takes so many steps at most; how many are left is the second part of the answer.
    """
    with limited(steps) as budget:
        return _find(writer, reader, found), max(budget.left, 0)


def _find(writer: Side, reader: Side, found: Break) -> Any:
    try:
        for instance in islice(_candidates(writer, reader, found), MAX_TRIES):
            if not reader.accepts(instance) and writer.accepts(instance):
                return instance
    except (TooMuchWorkError, RecursionError):
        return MISSING
    return MISSING


def _candidates(writer: Side, reader: Side, found: Break) -> Iterator[Any]:
    samples, other = Samples(writer), Samples(reader)
    root = [writer.root]
    for value in found.hints:
        yield from islice(samples.put(root, found.where, value), 10)
    at_place = samples.at(root, found.where)
    for value in samples.of_size(at_place, found.size) if found.size is not None else ():
        yield from islice(samples.put(root, found.where, value), 5)
    for value in samples.values(at_place.nodes):
        yield from islice(samples.put(root, found.where, value), 5)
    for value in other.values(other.at([reader.root], found.where).nodes):
        yield from islice(samples.put(root, found.where, value), 3)
    for value in ANYTHING:
        yield from islice(samples.put(root, found.where, value), 3)
    yield from samples.values(root)
