"""What form a config schema produces, and that no schema whatever makes it fail."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.actions.starter import STARTER_FOLDER
from catalog.schemas.form_fields import MAX_FIELDS, FormField, describe_form
from catalog.schemas.form_parts import Condition, Kind

KEYWORDS = (
    "type", "properties", "items", "enum", "const", "oneOf", "anyOf", "allOf", "if", "then", "else", "required",
    "title", "description", "default", "examples", "format", "x-order", "$ref", "$defs", "additionalProperties",
    "patternProperties", "dependentRequired", "maxLength", "minimum", "uniqueItems", "x-widget",
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["a", "b", *KEYWORDS]),
            inner | st.sampled_from(["object", "array", "string", "#", "#/$defs/a", "#/properties/a"]),
            max_size=6,
        )
    ),
    max_leaves=25,
)


def member(schema: Any) -> FormField:
    (field,) = describe_form({"type": "object", "properties": {"someName": schema}}).fields
    return field


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, Kind.TEXT),
        ({"type": ["string", "null"]}, Kind.TEXT),
        ({"type": "string", "x-widget": "code"}, Kind.LONG_TEXT),
        ({"type": "number"}, Kind.NUMBER),
        ({"type": "integer"}, Kind.INTEGER),
        ({"type": "boolean"}, Kind.BOOLEAN),
        ({"enum": ["a", 1]}, Kind.CHOICE),
        ({"oneOf": [{"const": "a", "title": "A"}, {"const": "b"}]}, Kind.CHOICE),
        ({"const": 5}, Kind.CONSTANT),
        ({"type": "array", "items": {"type": "string"}}, Kind.LIST),
        ({"type": "array", "uniqueItems": True, "items": {"enum": ["a"]}}, Kind.CHOICES),
        ({"type": "object", "additionalProperties": {"type": "string"}}, Kind.MAP),
        ({"type": "object", "patternProperties": {"^a": {"type": "string"}}}, Kind.MAP),
        ({"properties": {"a": {"type": "string"}}}, Kind.GROUP),
        ({"type": "object", "format": "secret", "properties": {"$secret": {"type": "string"}}}, Kind.SECRET),
        ({"oneOf": [{"type": "string"}, {"type": "object"}]}, Kind.JSON),
        ({"anyOf": [{"type": "string"}]}, Kind.JSON),
        ({"type": "array", "prefixItems": [{"type": "string"}]}, Kind.JSON),
        ({"type": ["string", "integer"]}, Kind.JSON),
        ({"type": "object"}, Kind.JSON),
        ({}, Kind.JSON),
        (True, Kind.JSON),
    ],
)
def test_schema_becomes_the_input_that_fits(schema: Any, kind: Kind) -> None:
    assert member(schema).kind == kind


def test_field_tells_all_that_a_person_needs() -> None:
    schema = {
        "type": "string", "title": "Start", "description": "When.", "format": "date", "default": "2026-01-01",
        "examples": ["2026-02-01", "2026-03-01"], "maxLength": 1000,
    }  # fmt: skip
    form = describe_form({"type": "object", "required": ["start"], "properties": {"start": schema}})

    assert form.fields == (
        FormField(
            path="/start", name="start", label="Start", kind=Kind.TEXT, help="When.", is_required=True,
            default="2026-01-01", examples=("2026-02-01", "2026-03-01"), limits=("At most 1,000 characters",),
            input_type="date",
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "limits"),
    [
        ({"type": "integer", "minimum": 0, "maximum": 10_000}, ("From 0 to 10,000",)),
        ({"type": "number", "minimum": 0.5}, ("At least 0.5",)),
        ({"type": "number", "maximum": 5}, ("At most 5",)),
        ({"type": "array", "items": {}, "minItems": 1, "maxItems": 3}, ("At most 3 items", "At least 1 item")),
        ({"type": "string", "maxLength": True}, ()),
    ],
)  # fmt: skip
def test_limits_are_sentences(schema: Any, limits: tuple[str, ...]) -> None:
    assert member(schema).limits == limits


@pytest.mark.parametrize(
    ("name", "label"),
    [("sourceFolder", "Source folder"), ("base_url", "Base url"), ("baseURL", "Base URL"), ("a-b", "A b"), ("", "")],
)
def test_name_without_title_is_made_readable(name: str, label: str) -> None:
    (field,) = describe_form({"properties": {name: {"type": "string"}}}).fields

    assert field.label == label


def test_order_follows_x_order_then_the_schema() -> None:
    properties = {name: {"type": "string"} for name in "abcd"}

    form = describe_form({"properties": properties, "x-order": ["c", "a", "nothing", 5, "c"]})

    assert [field.name for field in form.fields] == ["c", "a", "b", "d"]


def test_then_and_else_say_when_a_field_is_needed_or_shown() -> None:
    kind = {"title": "Kind", "enum": ["one_way", "other"]}
    schema = {
        "properties": {"kind": kind, "token": {"type": "string"}, "user": {"type": "string"}},
        "if": {"properties": {"kind": {"const": "one_way"}}},
        "then": {"required": ["token", "extra"], "properties": {"extra": {"type": "string"}}},
        "else": {"required": ["user"]},
    }
    _, token, user, extra = describe_form(schema).fields

    when = Condition("when Kind is One way", tests=(("/kind", ("one_way",)),))
    assert token.required_when == (when,)
    assert user.required_when == (
        Condition("unless Kind is One way", tests=(("/kind", ("one_way",)),), is_negated=True),
    )
    assert (extra.shown_when, extra.is_required) == ((when,), True)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"dependentRequired": {"a": ["b"]}}, "when First is filled in"),
        ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, "when First is filled in"),
        ({"if": {"required": ["a"]}, "else": {"required": ["b"]}}, "unless First is filled in"),
        ({"allOf": [{"if": {"properties": {"a": {"const": 1}}}, "then": {"required": ["b"]}}]}, "when First is 1"),
        ({"if": {"properties": {"a": {"minimum": 1}}}, "then": {"required": ["b"]}}, "when other settings ask for it"),
        ({"if": {"not": {}}, "then": {"required": ["b"]}}, "when other settings ask for it"),
    ],
)
def test_conditions_are_words(rule: dict[str, Any], text: str) -> None:
    properties = {"a": {"title": "First", "type": "integer"}, "b": {"type": "string"}}

    _, field = describe_form({"properties": properties, **rule}).fields

    assert [condition.text for condition in field.required_when] == [text]


def test_references_and_plain_parts_are_put_together() -> None:
    schema = {
        "$defs": {"name": {"type": "string", "title": "Any name", "maxLength": 5}, "part": {"required": ["a"]}},
        "properties": {"a": {"$ref": "#/$defs/name", "title": "This name"}},
        "allOf": [{"$ref": "#/$defs/part"}, {"properties": {"b": {"type": "boolean"}}}],
    }
    a, b = sorted(describe_form(schema).fields, key=lambda field: field.name)

    assert (a.label, a.kind, a.limits, a.is_required) == ("This name", Kind.TEXT, ("At most 5 characters",), True)
    assert (b.kind, b.is_required) == (Kind.BOOLEAN, False)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"properties": {"a": {"$ref": "#"}}},
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        {"allOf": [{"$ref": "#"}, {"$ref": "#"}]},
        {"properties": {name: {"$ref": "#"} for name in "abcdefghij"}},
        {"properties": {str(number): {"type": "string"} for number in range(5000)}},
    ],
)
def test_schema_that_names_itself_or_is_huge_ends_soon(schema: Any) -> None:
    def count(field: FormField) -> int:
        inner = [*field.fields, *([field.items] if field.items else [])]
        return 1 + sum(count(each) for each in inner)

    assert count(describe_form(schema)) <= MAX_FIELDS + 1


@given(VALUES)
def test_no_value_makes_it_fail(schema: Any) -> None:
    assert isinstance(describe_form(schema), FormField)


def test_every_starter_schema_needs_no_json_box() -> None:
    def kinds(field: FormField) -> set[Kind]:
        inner = [*field.fields, *([field.items] if field.items else [])]
        return {field.kind}.union(*(kinds(each) for each in inner))

    documents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(STARTER_FOLDER.rglob("*.json"))]
    forms = [describe_form(document["config_schema"]) for document in documents if "config_schema" in document]

    assert len(forms) > 20
    assert [form.kind for form in forms if Kind.JSON in kinds(form)] == []
