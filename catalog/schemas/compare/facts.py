"""What is certain of the values that a set of schemas accepts: their types, bounds, members, items.

Every answer errs on the side of more values: what is not understood is not counted as a limit.
"""

import math
from collections.abc import Mapping
from typing import Any

from catalog.schemas.compare.sides import Side, Together
from catalog.schemas.judging import fits
from catalog.schemas.walking import IN_PLACE, children_of

# `fraction` is a number that is no integer; `number` of JSON Schema is both.
NUMBERS = frozenset({"integer", "fraction"})
ALL_KINDS = frozenset({"null", "boolean", "string", "array", "object"}) | NUMBERS
# How deep it is looked for required members that cannot be.
MAX_DEPTH = 4
Bound = tuple[float, bool]


def kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "integer" if float(value).is_integer() else "fraction"
    kinds = {str: "string", list: "array", dict: "object"}
    return next((kind for cls, kind in kinds.items() if isinstance(value, cls)), "null")


def kinds_of_type(given: Any) -> frozenset[str]:
    """The kinds that a value of `type` allows."""
    names = given if isinstance(given, list) else [given]
    return frozenset(kind for name in names for kind in (NUMBERS if name == "number" else (name,)))


class Facts:
    """Questions about one side of a comparison."""

    def __init__(self, side: Side) -> None:
        self.side = side

    def kinds(self, these: Together, depth: int = 0) -> frozenset[str]:
        """The kinds of values that may be accepted; empty if nothing is."""
        if these.is_nothing:
            return frozenset()
        found = ALL_KINDS
        for given in these.having("type"):
            found &= kinds_of_type(given)
        values = self._listed(these)
        if values is not None:
            found &= {kind_of(value) for value in values}
        return frozenset(kind for kind in found if not self._is_empty(kind, these, depth))

    def values(self, these: Together) -> list[Any] | None:
        """All values that are accepted, if they can be listed; else None."""
        listed = self._listed(these)
        if listed is None:
            kinds = self.kinds(these)
            if not kinds <= {"null", "boolean"}:
                return None
            listed = [*([None] if "null" in kinds else []), *([False, True] if "boolean" in kinds else [])]
        return [value for value in listed if all(self.side.accepts(value, node) for node in these.nodes)]

    def is_impossible(self, these: Together, depth: int = 0) -> bool:
        return not self.kinds(these, depth) or self.values(these) == []

    def lower(self, these: Together) -> Bound | None:
        """(least number, whether it is excluded)."""
        bounds = [(value, False) for value in these.having("minimum")]
        bounds += [(value, True) for value in these.having("exclusiveMinimum")]
        return max(bounds, default=None)

    def upper(self, these: Together) -> Bound | None:
        """(greatest number, whether it is excluded)."""
        bounds = [(value, False) for value in these.having("maximum")]
        bounds += [(value, True) for value in these.having("exclusiveMaximum")]
        return min(bounds, default=None, key=lambda bound: (bound[0], not bound[1]))

    def least(self, these: Together, keyword: str) -> float:
        """What `minLength`, `minItems` or `minProperties` ask for together."""
        return max(these.having(keyword), default=0)

    def most(self, these: Together, keyword: str) -> float:
        """What `maxLength`, `maxItems` or `maxProperties` leave together."""
        return min(these.having(keyword), default=math.inf)

    def required(self, these: Together) -> set[str]:
        return {name for names in these.having("required") for name in names}

    def names(self, these: Together) -> dict[str, None]:
        """The members that are named in `properties`, in order."""
        return {name: None for properties in these.having("properties") for name in properties}

    def patterns(self, these: Together) -> dict[str, None]:
        return {pattern: None for patterns in these.having("patternProperties") for pattern in patterns}

    def at_name(self, these: Together, name: str) -> Together:
        """What holds for the member `name` if it is there."""
        found: list[Any] = []
        for node in these.nodes:
            said = [schema for pattern, schema in node.get("patternProperties", {}).items() if fits(pattern, name)]
            if name in node.get("properties", {}):
                said.append(node["properties"][name])
            found += said or [node.get("additionalProperties", True)]
        return self.side.together(found, is_blurred=self._is_blurred(these, name))

    def at_pattern(self, these: Together, pattern: str) -> Together:
        """What holds for every member whose name fits `pattern` and is named nowhere."""
        found: list[Any] = []
        for node in these.nodes:
            patterns = node.get("patternProperties", {})
            if pattern in patterns:
                found.append(patterns[pattern])
            elif not patterns:
                found.append(node.get("additionalProperties", True))
        return self.side.together(found, is_blurred=True)

    def at_other(self, these: Together) -> Together:
        """What holds for every member that is named nowhere and whose name fits no pattern of these."""
        found = [node.get("additionalProperties", True) for node in these.nodes]
        return self.side.together(found, is_blurred=self._is_blurred(these))

    def at_item(self, these: Together, index: int) -> Together:
        """What holds for the item at `index` if there is one."""
        found: list[Any] = []
        for node in these.nodes:
            prefix = node.get("prefixItems", ())
            found.append(prefix[index] if index < len(prefix) else node.get("items", True))
        return self.side.together(found, is_blurred=self._is_blurred(these))

    def prefix_length(self, these: Together) -> int:
        """From which index on all items are alike."""
        return max((len(prefix) for prefix in these.having("prefixItems")), default=0)

    def longest(self, these: Together) -> float:
        """How many items there can be."""
        most = self.most(these, "maxItems")
        for index in range(self.prefix_length(these) + 1):
            if index < most and self.is_impossible(self.at_item(these, index), MAX_DEPTH):
                return index
        return most

    def widest(self, these: Together) -> float:
        """How many members there can be."""
        counts = [
            len(node.get("properties", {}))
            for node in these.nodes
            if node.get("additionalProperties") is False and not node.get("patternProperties")
        ]
        return min([self.most(these, "maxProperties"), *counts])

    def _is_blurred(self, these: Together, name: str | None = None) -> bool:
        """Whether what was left aside may say something of the member `name`, or of members and items at all."""
        aside = [
            child
            for node in these.nodes
            for path, child in children_of(node, IN_PLACE)
            if path[0] != "allOf" and (id(node), path[0]) not in these.spent
        ]
        if these.is_blurred or not aside:
            return these.is_blurred
        return name is None or self.side.mentions(aside, name, fits=fits)

    def _listed(self, these: Together) -> list[Any] | None:
        """The shortest list of values to which `enum` or `const` limit it."""
        lists = [*these.having("enum"), *([value] for value in these.having("const"))]
        return min(lists, key=len, default=None)

    def _is_empty(self, kind: str, these: Together, depth: int) -> bool:
        """Whether certainly no value of this kind is accepted."""
        if kind in NUMBERS:
            return self._has_no_number(these)
        if kind == "string":
            return self.least(these, "minLength") > self.most(these, "maxLength")
        if kind == "array":
            return self.least(these, "minItems") > self.most(these, "maxItems")
        return kind == "object" and self._has_no_object(these, depth)

    def _has_no_number(self, these: Together) -> bool:
        lower, upper = self.lower(these), self.upper(these)
        if lower is None or upper is None:
            return False
        return lower[0] > upper[0] or (lower[0] == upper[0] and (lower[1] or upper[1]))

    def _has_no_object(self, these: Together, depth: int) -> bool:
        required = self.required(these)
        if max(len(required), self.least(these, "minProperties")) > self.widest(these):
            return True
        return depth < MAX_DEPTH and any(
            self.is_impossible(self.at_name(these, name), depth + 1) for name in sorted(required)
        )


def is_whole_schema(schema: Any) -> bool:
    """Whether everything is accepted."""
    return schema is True or (isinstance(schema, Mapping) and not schema)
