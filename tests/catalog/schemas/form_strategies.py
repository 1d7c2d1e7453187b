"""Schemas of every kind of input, each with configs that fit it, and some that do not."""

from typing import Any

from hypothesis import strategies as st

Pair = tuple[dict[str, Any], st.SearchStrategy[Any]]
NAMES = st.sampled_from(["a", "b", "deep name", "x/y", "t~i", "5"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8
)
CHOICES = ["a", "B c", 1, "1", True, "true", 1.0, "", " x", None]
PLAIN: list[Pair] = [
    ({"type": "string"}, st.text()),
    ({"type": "string", "default": "usual"}, st.text() | st.just("usual")),
    ({"type": "string", "x-widget": "code"}, st.text()),
    ({"type": "integer", "default": 3}, st.integers()),
    ({"type": "number"}, st.floats(allow_nan=False, allow_infinity=False) | st.integers()),
    ({"type": "boolean"}, st.booleans()),
    ({"type": "boolean", "default": True}, st.booleans()),
    ({"type": "boolean", "default": False}, st.booleans()),
    ({"enum": CHOICES}, st.sampled_from(CHOICES)),
    ({"const": {"a": 1}}, st.just({"a": 1})),
    ({"type": "array", "uniqueItems": True, "items": {"enum": CHOICES}}, st.lists(st.sampled_from(CHOICES))),
    ({"oneOf": [{"type": "string"}, {"type": "object"}]}, ANYTHING),
    ({"type": "object", "format": "secret"}, st.fixed_dictionaries({"$secret": st.text("abc-", min_size=1)})),
]


@st.composite
def pairs(draw: st.DrawFn, depth: int = 2) -> Pair:
    """A schema and a strategy of values that are of its type."""
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(PLAIN))
    kind = draw(st.sampled_from(["list", "map", "group"]))
    if kind == "group":
        return draw(groups(depth - 1))
    schema, values = draw(pairs(depth - 1))
    if kind == "list":
        return {"type": "array", "items": schema}, st.lists(values, max_size=4)
    return {"type": "object", "additionalProperties": schema}, st.dictionaries(st.text() | NAMES, values, max_size=4)


@st.composite
def groups(draw: st.DrawFn, depth: int = 2) -> Pair:
    """An object of such members, some of them required."""
    members: dict[str, Pair] = draw(st.dictionaries(NAMES, pairs(depth), min_size=1, max_size=4))
    asked = [name for name, (schema, _) in members.items() if "const" not in schema and draw(st.booleans())]
    schema = {
        "type": "object",
        "properties": {name: schema for name, (schema, _) in members.items()},
        "required": asked,
    }
    values = {name: values for name, (_, values) in members.items()}
    return schema, st.fixed_dictionaries(
        {name: values[name] for name in asked},
        optional={name: value for name, value in values.items() if name not in asked},
    )


@st.composite
def forms(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """A config schema and a config of it, to which members may have come that the schema does not know."""
    schema, configs = draw(groups())
    return schema, {**draw(st.dictionaries(st.just("not known"), ANYTHING)), **draw(configs)}


def has_plain_secret(schema: Any) -> bool:
    return "'secret'" in repr(schema)
