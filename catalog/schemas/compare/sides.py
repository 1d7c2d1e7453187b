"""One of the two schemas that are compared: its references, its judge, and what of it holds for one value together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.schemas.judging import freeze, make_judge, spend
from catalog.schemas.walking import IN_PLACE, MANY, NAMED, ONE, children_of, resolve

Node = Mapping[str, Any]
# Keywords that decide about instances, besides those that hold schemas.
ASSERTIONS = (
    "const", "dependentRequired", "enum", "exclusiveMaximum", "exclusiveMinimum", "format", "maxContains", "maxItems",
    "maxLength", "maxProperties", "maximum", "minContains", "minItems", "minLength", "minProperties", "minimum",
    "multipleOf", "pattern", "required", "type", "uniqueItems",
)  # fmt: skip
SETS = ("enum", "required", "type")
SILENT = ("$defs", "definitions", "contentSchema")
JUDGED = frozenset({"$ref", *ASSERTIONS, *ONE, *MANY, *NAMED} - set(SILENT))


@dataclass(frozen=True, slots=True)
class Together:
    """Schemas that all hold for one value, with what their `$ref` and `allOf` add; none of them: any value does.

    `spent` are the choices (`anyOf`, `oneOf`) of which one branch is among the nodes. With `is_nothing` no value does.
    `is_blurred` says that more is said of the value than these: on conditions, or in branches, that were left aside.
    """

    nodes: tuple[Node, ...] = ()
    spent: frozenset[tuple[int, str]] = frozenset()
    is_nothing: bool = False
    is_blurred: bool = False

    @property
    def identity(self) -> tuple[frozenset[int], frozenset[tuple[int, str]]]:
        return frozenset(id(node) for node in self.nodes), self.spent

    def having(self, keyword: str) -> list[Any]:
        """The values of a keyword in all schemas that have it."""
        return [node[keyword] for node in self.nodes if keyword in node]


class Side:
    """A schema that is free of `schema_problems`, as the one that writes instances or the one that reads them."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self.validator = make_judge(root)

    def accepts(self, instance: Any, schema: Any = None) -> bool:
        """Whether the whole schema, or a part of it, accepts the instance."""
        if isinstance(schema, bool):
            return schema
        judge = self.validator if schema is None else self.validator.evolve(schema=schema)
        return judge.is_valid(instance)

    def together(
        self, schemas: Iterable[Any], spent: frozenset[tuple[int, str]] = frozenset(), *, is_blurred: bool = False
    ) -> Together:
        found: dict[int, Node] = {}
        waiting = list(schemas)
        while waiting:
            spend(1)
            schema = waiting.pop(0)
            if schema is False:
                return Together(spent=spent, is_nothing=True)
            if not isinstance(schema, Mapping) or not schema or id(schema) in found:
                continue
            found[id(schema)] = schema
            waiting += schema.get("allOf", ())
            waiting += [resolve(self.root, schema["$ref"])] if "$ref" in schema else ()
        return Together(tuple(found.values()), spent, is_blurred=is_blurred)

    def mentions(self, schemas: Iterable[Any], name: str, *, fits: Any) -> bool:
        """Whether anything said about an object speaks of the member `name`, on whatever condition.

        `fits(pattern, name)` says whether a pattern covers a name.
        """
        waiting, seen = list(schemas), set()
        while waiting:
            spend(1)
            schema = waiting.pop()
            if not isinstance(schema, Mapping) or id(schema) in seen:
                continue
            seen.add(id(schema))
            if _speaks_of(schema, name, fits):
                return True
            waiting += [child for _, child in children_of(schema, IN_PLACE)]
            waiting += [resolve(self.root, schema["$ref"])] if "$ref" in schema else ()
        return False


def _speaks_of(schema: Node, name: str, fits: Any) -> bool:
    rest = [schema.get(keyword, True) for keyword in ("additionalProperties", "unevaluatedProperties")]
    if any(schema not in (True, {}) for schema in rest):
        return True
    if "propertyNames" in schema or name in schema.get("properties", {}) or name in schema.get("required", ()):
        return True
    dependent = schema.get("dependentRequired", {})
    if name in dependent or any(name in others for others in dependent.values()):
        return True
    constants = [*schema.get("enum", ()), schema.get("const")]
    if name in schema.get("dependentSchemas", {}) or any(isinstance(one, Mapping) and name in one for one in constants):
        return True
    return any(fits(pattern, name) for pattern in schema.get("patternProperties", {}))


class Sameness:
    """Whether two schemas say the same, written the same way: titles and the order of sets do not matter."""

    def __init__(self, one: Side, other: Side) -> None:
        self.one, self.other = one, other
        self.assumed: set[tuple[int, int]] = set()

    def holds(self, one: Any, other: Any) -> bool:
        spend(1)
        one, other = _without_wrapping(self.one, one), _without_wrapping(self.other, other)
        if isinstance(one, bool) or isinstance(other, bool):
            return one is other
        pair = (id(one), id(other))
        if pair in self.assumed:
            return True
        self.assumed.add(pair)
        keywords = one.keys() & JUDGED
        is_same = keywords == other.keys() & JUDGED and all(self._agree(word, one, other) for word in keywords)
        if not is_same:
            # What was concluded from an assumption that is wrong must not be kept either.
            self.assumed.clear()
        return is_same

    def _agree(self, keyword: str, one: Node, other: Node) -> bool:
        left, right = one[keyword], other[keyword]
        if keyword == "$ref":
            return self.holds(resolve(self.one.root, left), resolve(self.other.root, right))
        if keyword in ONE:
            return self.holds(left, right)
        if keyword in MANY:
            return len(left) == len(right) and all(self.holds(a, b) for a, b in zip(left, right, strict=True))
        if keyword in NAMED:
            return left.keys() == right.keys() and all(self.holds(left[name], right[name]) for name in left)
        if keyword in SETS:
            return _as_set(left) == _as_set(right)
        return bool(freeze(left) == freeze(right))


def _as_set(value: Any) -> frozenset[Any]:
    return frozenset(freeze(item) for item in (value if isinstance(value, list) else [value]))


def _without_wrapping(side: Side, schema: Any) -> Any:
    """The schema at the end of bare references; true and false for the objects that mean them."""
    while isinstance(schema, Mapping) and schema.keys() & JUDGED == {"$ref"}:
        schema = resolve(side.root, schema["$ref"])
    if isinstance(schema, Mapping) and not schema.keys() & JUDGED:
        return True
    return schema
