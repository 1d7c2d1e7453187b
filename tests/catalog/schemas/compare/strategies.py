"""Random schemas, random edits of them, and random instances, all made of the same few names and values."""

from typing import Any

from hypothesis import strategies as st

NAMES = ("a", "b", "c", "x1")
PATTERNS = ("^x", "^[a-c]$", "b", "^x[0-9]+$", "")
WORDS = ("", "a", "b", "ab", "abc", "x1", "x12", "2024-02-29")
SCALARS: st.SearchStrategy[Any] = st.sampled_from([None, True, False, 0, 1, 2, 3, 6, -1, 1.0, 0.5, 2.5, *WORDS])
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)),
    max_leaves=6,
)
TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
SMALL = st.integers(0, 3)
NUMBERS = st.sampled_from([-1, 0, 1, 2, 2.5, 3, 6])


def _keyword(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A schema of one keyword, or of some that go together."""
    names = st.sampled_from(NAMES)
    named = st.dictionaries(names, inner, max_size=3)
    groups = [st.fixed_dictionaries({name: strategy}) for name, strategy in _single(inner).items()]
    groups += [
        st.fixed_dictionaries({"if": inner}, optional={"then": inner, "else": inner}),
        st.fixed_dictionaries({"contains": inner}, optional={"minContains": SMALL, "maxContains": SMALL}),
        st.fixed_dictionaries({"properties": named}, optional={"additionalProperties": inner}),
        st.fixed_dictionaries({"properties": named, "additionalProperties": st.just(False)}),
        st.fixed_dictionaries({"properties": named, "required": st.lists(names, max_size=2, unique=True)}),
        st.fixed_dictionaries({"type": st.just("object"), "properties": named}),
    ]
    return st.one_of(groups)


def _single(inner: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    """Keyword -> what may stand there."""
    names = st.sampled_from(NAMES)
    listed = st.lists(inner, min_size=1, max_size=3)
    named = st.dictionaries(names, inner, max_size=3)
    return {
        "type": st.one_of(
            st.sampled_from(TYPES), st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True)
        ),
        "enum": st.lists(VALUES, min_size=1, max_size=3),
        "const": VALUES,
        "minimum": NUMBERS,
        "maximum": NUMBERS,
        "exclusiveMinimum": NUMBERS,
        "exclusiveMaximum": NUMBERS,
        "multipleOf": st.sampled_from([1, 2, 3, 6, 0.5, 1.0]),
        "minLength": SMALL,
        "maxLength": SMALL,
        "pattern": st.sampled_from(PATTERNS),
        "format": st.sampled_from(["date", "unheard-of"]),
        "items": inner,
        "prefixItems": listed,
        "minItems": SMALL,
        "maxItems": SMALL,
        "uniqueItems": st.booleans(),
        "contains": inner,
        "properties": named,
        "patternProperties": st.dictionaries(st.sampled_from(PATTERNS), inner, max_size=2),
        "additionalProperties": inner,
        "propertyNames": inner,
        "required": st.lists(names, max_size=2, unique=True),
        "dependentRequired": st.dictionaries(names, st.lists(names, max_size=2, unique=True), max_size=2),
        "dependentSchemas": st.dictionaries(names, inner, max_size=2),
        "minProperties": SMALL,
        "maxProperties": SMALL,
        "allOf": listed,
        "anyOf": listed,
        "oneOf": listed,
        "not": inner,
        "unevaluatedProperties": inner,
        "unevaluatedItems": inner,
        "$ref": st.sampled_from(["#/$defs/one", "#/$defs/two", "#"]),
    }


def _schema(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
        return {keyword: value for part in parts for keyword, value in part.items()}

    return st.lists(_keyword(inner), max_size=3).map(joined)


PARTS: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.sampled_from(
            [True, False, {}, {"type": "string"}, {"type": "integer"}, {"const": 1}, {"$ref": "#/$defs/one"}]
        ),
        st.builds(lambda name: {"type": name}, st.sampled_from(TYPES)),
    ),
    _schema,
    max_leaves=8,
)


@st.composite
def schemas(draw: st.DrawFn) -> Any:
    """A schema with definitions that it may refer to."""
    root = draw(_schema(PARTS))
    return {**root, "$defs": {"one": draw(PARTS), "two": draw(PARTS)}}


@st.composite
def edits(draw: st.DrawFn, schema: Any, depth: int = 0) -> Any:
    """The schema with something in it changed."""
    if depth > 4 or not isinstance(schema, (dict, list)) or not schema or draw(st.integers(0, 5)) == 0:
        return draw(st.one_of(PARTS, st.sampled_from([0, 1, 2, 3])) if not isinstance(schema, (dict, bool)) else PARTS)
    if isinstance(schema, list):
        at = draw(st.integers(0, len(schema) - 1))
        return [*schema[:at], draw(edits(schema[at], depth + 1)), *schema[at + 1 :]]
    deed = draw(st.sampled_from(["change", "change", "add", "remove"]))
    if deed == "add":
        return {**schema, **draw(_keyword(PARTS))}
    keyword = draw(st.sampled_from(sorted(schema)))
    if deed == "remove":
        return {name: value for name, value in schema.items() if name != keyword}
    return {**schema, keyword: draw(edits(schema[keyword], depth + 1))}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Any, Any]:
    """An old schema and a new one, which is an edit of it more often than not."""
    old = draw(schemas())
    new = old
    for _ in range(draw(st.integers(0, 3))):
        new = draw(edits(new))
    return old, new if draw(st.integers(0, 4)) else draw(schemas())
