"""Instances that a schema accepts, a few of each kind: what examples are made of. A search, never a proof."""

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from catalog.schemas.compare.facts import Facts
from catalog.schemas.compare.sides import Side, Together
from catalog.schemas.judging import freeze, spend
from catalog.schemas.pattern_samples import sample_texts
from catalog.schemas.walking import Path

MAX_VALUES = 10
MAX_DEPTH = 5
MAX_LENGTH = 2_000
MAX_ITEMS = 40
MAX_SIZE = 300
OF_FORMAT = {
    "date": "2024-02-29", "date-time": "2024-02-29T12:00:00Z", "time": "12:00:00Z", "duration": "P1D",
    "email": "a@example.com", "idn-email": "a@example.com", "hostname": "example.com", "idn-hostname": "example.com",
    "ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "uri": "https://example.com/", "uri-reference": "/a",
    "iri": "https://example.com/", "iri-reference": "/a", "uuid": "00000000-0000-4000-8000-000000000000",
    "uri-template": "/{a}", "json-pointer": "/a", "relative-json-pointer": "0", "regex": "a",
}  # fmt: skip
Spent = frozenset[tuple[int, str]]


class Samples:
    """Looks for instances of one side's schemas."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.facts = Facts(side)

    def values(self, schemas: Iterable[Any], depth: int = 0, spent: Spent = frozenset()) -> list[Any]:
        """Some values that all of the schemas accept; simple ones first, none if none was found."""
        these = self.side.together(schemas, spent)
        if depth > MAX_DEPTH or these.is_nothing:
            return []
        found: dict[Any, Any] = {}
        for value in self._candidates(these, depth):
            spend(1)
            if all(self.side.accepts(value, node) for node in these.nodes):
                found.setdefault(freeze(value), value)
            if len(found) >= MAX_VALUES:
                break
        return list(found.values())

    def put(self, schemas: Iterable[Any], where: Path, value: Any, depth: int = 0) -> Iterator[Any]:
        """Instances that have `value` at `where`; the rest of them is as the schemas want it."""
        if not where:
            yield value
            return
        schemas = list(schemas)
        these = self.side.together(schemas)
        step, rest = where[0], where[1:]
        inner = self.facts.at_name(these, step) if isinstance(step, str) else self.facts.at_item(these, step)
        bases = [
            base for base in self.values(schemas, depth) if isinstance(base, dict if isinstance(step, str) else list)
        ]
        bases += [] if bases else [{} if isinstance(step, str) else []]
        for base in bases:
            for child in islice(self.put(inner.nodes, rest, value, depth + 1), 5):
                yield self._with(these, base, step, child, depth)

    def at(self, schemas: Iterable[Any], where: Path) -> Together:
        """What the schemas say about the value at `where`."""
        these = self.side.together(schemas)
        for step in where:
            these = self.facts.at_name(these, step) if isinstance(step, str) else self.facts.at_item(these, step)
        return these

    def of_size(self, these: Together, size: int) -> Iterator[Any]:
        """Arrays and objects of so many items or members."""
        if not 0 <= size <= MAX_SIZE:
            return
        for made in self._arrays_of(these, size, 0):
            yield made
            yield [made[0]] * size if made else []
        for base in islice(self._objects(these, 0), 3):
            names = [*base, *self.facts.names(these), *(f"member{at}" for at in range(size))]
            chosen = {name: self._member(these, name, 0) for name in list(dict.fromkeys(names))[:size]}
            yield {name: base.get(name, values[0]) for name, values in chosen.items() if values}

    def _with(self, these: Together, base: Any, step: str | int, child: Any, depth: int) -> Any:
        if isinstance(step, str):
            return {**base, step: child}
        items = list(base)
        while len(items) <= step:
            items.append(next(iter(self.values(self.facts.at_item(these, len(items)).nodes, depth + 1)), child))
        items[step] = child
        return items

    def _candidates(self, these: Together, depth: int) -> Iterator[Any]:
        listed = self.facts.values(these)
        if listed is not None:
            yield from listed[:MAX_VALUES]
            return
        for node in these.nodes:
            yield from (value for value in [node.get("default"), *node.get("examples", ())[:2]] if value is not None)
        kinds = self.facts.kinds(these)
        if "object" in kinds:
            yield from self._objects(these, depth)
        if "string" in kinds:
            yield from self._texts(these)
        if kinds & {"integer", "fraction"}:
            yield from self._numbers(these)
        if "array" in kinds:
            yield from self._arrays(these, depth)
        yield from [value for kind, value in (("boolean", True), ("boolean", False), ("null", None)) if kind in kinds]
        yield from self._of_choices(these, depth)

    def _of_choices(self, these: Together, depth: int) -> Iterator[Any]:
        for node in these.nodes:
            for word in ("anyOf", "oneOf"):
                if (id(node), word) not in these.spent:
                    for branch in node.get(word, ()):
                        yield from self.values([*these.nodes, branch], depth + 1, these.spent | {(id(node), word)})
            if "if" in node and (id(node), "if") not in these.spent:
                spent = these.spent | {(id(node), "if")}
                yield from self.values([*these.nodes, node["if"], node.get("then", True)], depth + 1, spent)
                yield from self.values([*these.nodes, node.get("else", True)], depth + 1, spent)

    def _texts(self, these: Together) -> Iterator[str]:
        for pattern in these.having("pattern"):
            yield from sample_texts(pattern)[:20]
        for name in these.having("format"):
            yield from [OF_FORMAT[name]] if name in OF_FORMAT else []
        least = int(min(self.facts.least(these, "minLength"), MAX_LENGTH))
        most = self.facts.most(these, "maxLength")
        for length in (least, least + 1, most):
            if least <= length <= min(most, MAX_LENGTH):
                yield "x" * int(length)

    def _numbers(self, these: Together) -> Iterator[float]:
        lower, upper = self.facts.lower(these), self.facts.upper(these)
        ends = [bound[0] for bound in (lower, upper) if bound is not None]
        steps = these.having("multipleOf")
        yield from (0, 1, *ends)
        for step in steps:
            begin = math.ceil(ends[0] / step) * step if ends else 0
            yield from (begin, begin + step, begin + 2 * step, step)
        for end in ends:
            yield from (math.floor(end), math.ceil(end), math.floor(end) + 1, math.ceil(end) - 1, end + 0.5, end - 0.5)
        yield from (0.5, -1, 1_000_000)

    def _arrays(self, these: Together, depth: int) -> Iterator[list[Any]]:
        least = int(min(self.facts.least(these, "minItems"), MAX_ITEMS))
        for length in (least, least + 1, least + 2):
            yield from self._arrays_of(these, length, depth)
        for contained in these.having("contains"):
            yield from ([value] * max(1, least) for value in self.values([contained], depth + 1)[:2])

    def _arrays_of(self, these: Together, length: int, depth: int) -> Iterator[list[Any]]:
        choices = [self.values(self.facts.at_item(these, index).nodes, depth + 1) for index in range(length)]
        if all(choices):
            yield [each[0] for each in choices]
            yield [each[index % len(each)] for index, each in enumerate(choices)]

    def _objects(self, these: Together, depth: int) -> Iterator[dict[str, Any]]:
        required = sorted(self.facts.required(these))
        if len(required) > MAX_SIZE:
            return
        names = list(self.facts.names(these))[:MAX_ITEMS]
        members = {name: self._member(these, name, depth) for name in dict.fromkeys([*required, *names])}
        known = {name: values for name, values in members.items() if values}
        least = {name: known[name][0] for name in required if name in known}
        yield least
        yield {name: values[0] for name, values in known.items()}
        for name in [name for name in known if name not in required][:MAX_ITEMS]:
            yield self._with_needed(these, {**least, name: known[name][0]}, known)
        extra = dict(least)
        for at in range(int(min(self.facts.least(these, "minProperties"), MAX_ITEMS))):
            values = self._member(these, f"member{at}", depth)
            extra |= {f"member{at}": values[0]} if values else {}
        yield extra

    def _member(self, these: Together, name: str, depth: int) -> list[Any]:
        at_name = self.facts.at_name(these, name)
        return [] if at_name.is_nothing else self.values(at_name.nodes, depth + 1)

    def _with_needed(self, these: Together, made: dict[str, Any], known: Mapping[str, list[Any]]) -> dict[str, Any]:
        for given in these.having("dependentRequired"):
            for name in list(made):
                made |= {
                    other: known[other][0] for other in given.get(name, ()) if other in known and other not in made
                }
        return made
