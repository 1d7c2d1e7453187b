"""Whether everything that a writer's schema accepts is accepted by a reader's: keyword by keyword, with reasons.

Sound, not complete: no break means that there is none; what cannot be followed is a break.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from catalog.schemas.compare.arrays import array_breaks
from catalog.schemas.compare.facts import ALL_KINDS, NUMBERS, Facts
from catalog.schemas.compare.objects import object_breaks
from catalog.schemas.compare.places import Break, Place, holds
from catalog.schemas.compare.scalars import scalar_breaks
from catalog.schemas.compare.sides import Node, Sameness, Side, Together
from catalog.schemas.judging import freeze, spend
from catalog.schemas.walking import place_of, resolve

MAX_STEPS = 8_000
MAX_SPLITS = 3
# One schema for each type, kept, because schemas are told apart by identity.
OF_TYPE: dict[str, Node] = {kind: {"type": kind} for kind in sorted(ALL_KINDS - NUMBERS | {"integer", "number"})}


class TooComplexError(Exception):
    """The comparison takes too long."""


class Subset:
    """One comparison, in one direction."""

    def __init__(self, writer: Side, reader: Side, *, is_lenient: bool) -> None:
        self.writer, self.reader = writer, reader
        self.is_lenient = is_lenient
        self.facts, self.reader_facts = Facts(writer), Facts(reader)
        self.same = Sameness(writer, reader)
        self.steps = 0
        self.under_way: set[tuple[Any, int]] = set()

    def find(self) -> list[Break]:
        """Everything that the writer may write and the reader does not read; empty only if there is nothing."""
        try:
            return self.breaks(self.writer.together([self.writer.root]), self.reader.root, Place())
        except (TooComplexError, RecursionError):
            return [Break((), "too_complex", "the schemas are too complicated to be compared to the end")]

    def breaks(self, these: Together, schema: Any, place: Place) -> list[Break]:
        """What the schema of the reader does not accept of what the writer's accept together."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise TooComplexError
        spend(1)
        if schema is True or schema == {} or self.facts.is_impossible(these):
            return []
        if schema is False:
            return [Break(place.path, "not_allowed", "nothing may stand here", place.where)]
        if any(self.same.holds(node, schema) for node in these.nodes):
            return []
        question = (these.identity, id(schema))
        if question in self.under_way:
            # Asked on the way here, about a value that this one is a part of: it holds if nothing else breaks.
            return []
        self.under_way.add(question)
        try:
            return self._breaks(these, schema, place)
        finally:
            self.under_way.discard(question)

    def accepts_all(self, these: Together, schema: Any) -> bool:
        """Whether the reader's schema certainly accepts everything; what is lenient does not count."""
        return not self.breaks(these, schema, Place())

    def _breaks(self, these: Together, schema: Node, place: Place) -> list[Break]:
        values = self.facts.values(these)
        if values is not None:
            refused = [value for value in values if not self.reader.accepts(value, schema)]
            return self._value_breaks(refused, schema, place)
        found = [*self._parts(these, schema, place)]
        for check in CHECKS:
            found += check(self, these, schema, place)
        return found if holds(found) else self._split(these, schema, place, found)

    def _value_breaks(self, refused: list[Any], schema: Node, place: Place) -> list[Break]:
        if not refused:
            return []
        keyword = "const" if "const" in schema else "enum" if "enum" in schema else ""
        path = (*place.path, keyword) if keyword else place.path
        shown = ", ".join(repr(value)[:40] for value in refused[:5])
        text = f"{shown}{' and others' if len(refused) > 5 else ''} may be given"
        return [Break(path, "value_removed", text, place.where, tuple(refused[:5]))]

    def _parts(self, these: Together, schema: Node, place: Place) -> Iterator[Break]:
        """`$ref` and `allOf`: each of them must hold."""
        if "$ref" in schema:
            target = Place(place_of(schema["$ref"]), place.where)
            yield from self.breaks(these, resolve(self.reader.root, schema["$ref"]), target)
        for at, part in enumerate(schema.get("allOf", ())):
            yield from self.breaks(these, part, place.at("allOf", at))

    def _split(self, these: Together, schema: Node, place: Place, found: list[Break]) -> list[Break]:
        """What breaks if the writer's first open choice is looked at branch by branch; `found` if there is none."""
        choices = ((node, word) for node in these.nodes for word in ("anyOf", "oneOf") if word in node)
        choice = next(((node, word) for node, word in choices if (id(node), word) not in these.spent), None)
        if choice is None or len(these.spent) >= MAX_SPLITS:
            return found
        node, word = choice
        spent = these.spent | {(id(node), word)}
        branches = [
            self.writer.together([*these.nodes, branch], spent, is_blurred=these.is_blurred) for branch in node[word]
        ]
        again = [each for branch in branches for each in self.breaks(branch, schema, place)]
        return list({(each.path, each.kind, each.where): each for each in again}.values())

    def of_each_type(self, these: Together) -> list[Together]:
        """The same values, those of each type apart."""
        kinds = self.facts.kinds(these)
        names = [*sorted(kinds - NUMBERS)]
        names += ["number"] if "fraction" in kinds else ["integer"] if "integer" in kinds else []
        return [
            self.writer.together([*these.nodes, OF_TYPE[name]], these.spent, is_blurred=these.is_blurred)
            for name in names
        ]

    def are_apart(self, these: Together, schema: Any) -> bool:
        """Whether certainly no value is accepted by both."""
        others = self.reader.together([schema])
        if not self.facts.kinds(these) & self.reader_facts.kinds(others):
            return True
        values = self.facts.values(these)
        if values is not None and not any(self.reader.accepts(value, schema) for value in values):
            return True
        return self._have_different_marks(these, others)

    def _have_different_marks(self, these: Together, others: Together) -> bool:
        """Whether both are objects that need the same member, with values of which none is in common."""
        if self.facts.kinds(these) != {"object"} or self.reader_facts.kinds(others) != {"object"}:
            return False
        for name in sorted(self.facts.required(these) & self.reader_facts.required(others)):
            ours = self.facts.values(self.facts.at_name(these, name))
            theirs = self.reader_facts.values(self.reader_facts.at_name(others, name))
            if ours is not None and theirs is not None and not {*map(freeze, ours)} & {*map(freeze, theirs)}:
                return True
        return False

    def forgive(self, breaks: list[Break]) -> list[Break]:
        return [replace(each, is_forgiven=True) for each in breaks] if self.is_lenient else breaks


Check = Callable[[Subset, Together, Node, Place], Iterator[Break]]


def choice_breaks(subset: Subset, these: Together, schema: Node, place: Place) -> Iterator[Break]:
    """`anyOf` and `oneOf`."""
    if "anyOf" in schema:
        yield from _any_breaks(subset, these, schema, place)
    if "oneOf" in schema and not _has_same_list(subset, these, schema):
        apart = subset.of_each_type(these)
        if not all(_has_one_branch(subset, each, schema["oneOf"]) for each in apart):
            text = "not exactly one of the choices fits everything"
            yield Break((*place.path, "oneOf"), "choices_changed", text, place.where)


def _any_breaks(subset: Subset, these: Together, schema: Node, place: Place) -> Iterator[Break]:
    """One branch fits everything, or one for each type; what is forgiven of it is told."""
    whole = _of_fitting_branch(subset, these, schema, place)
    if whole is not None:
        yield from whole
        return
    for each in subset.of_each_type(these):
        found = _of_fitting_branch(subset, each, schema, place)
        if found is None:
            yield Break((*place.path, "anyOf"), "choices_changed", "none of the choices fits everything", place.where)
            return
        yield from found


def _of_fitting_branch(subset: Subset, these: Together, schema: Node, place: Place) -> list[Break] | None:
    for at, branch in enumerate(schema["anyOf"]):
        found = subset.breaks(these, branch, place.at("anyOf", at))
        if holds(found):
            return found
    return None


def _has_one_branch(subset: Subset, these: Together, branches: list[Any]) -> bool:
    for at, branch in enumerate(branches):
        if subset.accepts_all(these, branch):
            return all(subset.are_apart(these, other) for other in [*branches[:at], *branches[at + 1 :]])
    return False


def condition_breaks(subset: Subset, these: Together, schema: Node, place: Place) -> Iterator[Break]:
    """`not`, and `if` with `then` and `else`."""
    if (
        "not" in schema
        and not _has_same(subset, these, schema, ("not",))
        and not subset.are_apart(these, schema["not"])
    ):
        yield Break((*place.path, "not"), "exclusion_changed", "something is excluded", place.where)
    if "if" in schema and not _has_same(subset, these, schema, ("if", "then", "else")):
        then, otherwise = schema.get("then", True), schema.get("else", True)
        may_be = not subset.are_apart(these, schema["if"])
        may_not_be = not subset.accepts_all(these, schema["if"])
        fits_then = not may_be or subset.accepts_all(these, then)
        if not fits_then or (may_not_be and not subset.accepts_all(these, otherwise)):
            yield Break((*place.path, "if"), "condition_changed", "a condition asks for something", place.where)


def _has_same(subset: Subset, these: Together, schema: Node, keywords: tuple[str, ...]) -> bool:
    """Whether one of the writer's schemas says the same under the first keyword, and the others beside it."""
    return any(
        keywords[0] in node
        and all(subset.same.holds(node.get(word, True), schema.get(word, True)) for word in keywords)
        for node in these.nodes
    )


def unevaluated_breaks(subset: Subset, these: Together, schema: Node, place: Place) -> Iterator[Break]:
    """What depends on everything else in the schema is never followed: only the same schema is the same."""
    kinds = subset.facts.kinds(these)
    for keyword, kind in (("unevaluatedItems", "array"), ("unevaluatedProperties", "object")):
        if kind in kinds and schema.get(keyword, True) not in (True, {}):
            yield Break((*place.path, keyword), "unevaluated", f"{keyword} is not compared", place.where)


def _has_same_list(subset: Subset, these: Together, schema: Node) -> bool:
    return any(
        len(choices) == len(schema["oneOf"])
        and all(subset.same.holds(one, other) for one, other in zip(choices, schema["oneOf"], strict=True))
        for choices in these.having("oneOf")
    )


CHECKS: tuple[Check, ...] = (
    scalar_breaks,
    array_breaks,
    object_breaks,
    choice_breaks,
    condition_breaks,
    unevaluated_breaks,
)
