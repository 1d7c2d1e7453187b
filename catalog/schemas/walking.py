"""The parts of a JSON Schema that are schemas themselves, and where references inside it lead; pure."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

Path = tuple[str | int, ...]
# Which keywords hold one schema, a list of schemas, or schemas by name. `definitions` is the old name of `$defs`.
ONE = (
    "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
NAMED = ("$defs", "definitions", "dependentSchemas", "patternProperties", "properties")
# Those whose schemas say something about the same value, not about one inside it.
IN_PLACE = ("allOf", "anyOf", "dependentSchemas", "else", "if", "not", "oneOf", "then")


def walk(schema: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every schema in a schema with its place, itself first; `schema` is not nested deeper than the stack allows."""
    yield path, schema
    for inner, child in children_of(schema):
        yield from walk(child, (*path, *inner))


def children_of(schema: Any, keywords: tuple[str, ...] = (*ONE, *MANY, *NAMED)) -> Iterator[tuple[Path, Any]]:
    """The schemas that stand directly in a schema, under one of the keywords."""
    if not isinstance(schema, Mapping):
        return
    for keyword in keywords:
        value = schema.get(keyword)
        if keyword in ONE and isinstance(value, (Mapping, bool)):
            yield (keyword,), value
        elif keyword in MANY and isinstance(value, list):
            for at, child in enumerate(value):
                yield (keyword, at), child
        elif keyword in NAMED and isinstance(value, Mapping):
            for name, child in value.items():
                yield (keyword, name), child


def place_of(reference: str) -> Path:
    """The place that a reference such as `#/$defs/name` names. Raises ValueError if it is no path in the schema."""
    fragment = reference.removeprefix("#")
    if not reference.startswith("#") or (fragment and not fragment.startswith("/")):
        raise ValueError(reference)
    parts = unquote(fragment).split("/")[1:]
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)


def resolve(root: Any, reference: str) -> Any:
    """What a reference inside the schema leads to. It must be there: see `rules`."""
    found = root
    for part in place_of(reference):
        found = found[int(part)] if isinstance(found, list) else found[str(part)]
    return found


def count_nodes(value: Any, *, most: int, deepest: int) -> tuple[int, int]:
    """(how many values, how many levels) a JSON value has, counted to one past `most` and `deepest` at most."""
    count, level, front = 1, 1, [value]
    while front and count <= most and level <= deepest:
        children: list[Any] = []
        for node in front:
            children += node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ()
        count += len(children)
        front = [child for child in children if isinstance(child, (Mapping, list))]
        level += 1 if front else 0
    return count, level
