"""Whatever somebody sends as a schema and as a config: an answer, never an error."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.schemas.compare.report import compare_schemas
from catalog.schemas.configs import judge_config
from catalog.schemas.hints import with_hints
from catalog.schemas.rules import schema_problems
from catalog.schemas.validation import validate_document

KEYWORDS = (
    "$ref", "$defs", "$id", "$schema", "$anchor", "$dynamicRef", "type", "enum", "const", "properties", "required",
    "additionalProperties", "patternProperties", "propertyNames", "unevaluatedProperties", "dependentRequired",
    "dependentSchemas", "items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems", "unevaluatedItems",
    "minimum", "maximum", "multipleOf", "minLength", "maxLength", "pattern", "format", "allOf", "anyOf", "oneOf", "not",
    "if", "then", "else", "default", "examples", "title", "deprecated", "x-order", "x-widget", "a", "",
)  # fmt: skip
TEXTS = (
    "",
    "a",
    "#",
    "#/$defs/a",
    "#/a~2",
    "string",
    "object",
    "array",
    "secret",
    "uri",
    "regex",
    "(",
    "^a$",
    "\ud800",
    "\0",
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from(TEXTS),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(KEYWORDS), inner, max_size=5)),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(schema=JSON, other=JSON, config=JSON)
def test_any_json_is_answered(schema: Any, other: Any, config: Any) -> None:
    judgement = judge_config(schema, config)

    assert judgement.is_valid is not bool(judgement.errors)
    assert isinstance(validate_document("builder", {"config_schema": schema}), list)
    if not schema_problems(schema) and not schema_problems(other):
        assert compare_schemas(schema, other).compatible in (True, False)
        if isinstance(schema, dict):
            assert with_hints(schema, title="T")["title"] is not None
