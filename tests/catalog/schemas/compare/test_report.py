"""Edits that people make to schemas, and what the comparison says of each; every example separates the two."""

from typing import Any

import pytest

from catalog.schemas.compare.places import MISSING
from catalog.schemas.compare.report import Mode, Policy, compare_schemas
from catalog.schemas.judging import make_judge

STRING, NUMBER, INTEGER = ({"type": name} for name in ("string", "number", "integer"))


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def opened(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def breaking(old: Any, new: Any, mode: Mode = Mode.BACKWARD, policy: Policy = Policy.STRICT) -> list[tuple[str, str]]:
    return [(change.path, change.kind) for change in compare_schemas(old, new, mode=mode, policy=policy).breaking]


def tree(levels: int, leaf: Any, word: str = "anyOf") -> Any:
    schema = leaf
    for _ in range(levels):
        schema = {word: [schema, {"properties": {"a": schema}}]}
    return schema


# What may change without breaking what was written before.
HARMLESS = [
    ({}, True),
    (False, STRING),
    (INTEGER, NUMBER),
    (STRING, {"type": ["string", "null"]}),
    ({"enum": ["a"]}, {"enum": ["a", "b"]}),
    ({"const": 1}, INTEGER),
    ({"const": "a"}, {"enum": ["a", "b"]}),
    ({"enum": ["aa", "b"]}, {"type": "string", "pattern": "^[ab]+$"}),
    ({"type": "boolean"}, {"enum": [True, False, None]}),
    ({"maxLength": 5}, {"maxLength": 6}),
    ({"minimum": 5}, {"exclusiveMinimum": 4}),
    ({"type": "integer", "exclusiveMinimum": 4}, {"minimum": 5}),
    ({"multipleOf": 6}, {"multipleOf": 3}),
    (INTEGER, {"multipleOf": 1}),
    ({"type": "string", "pattern": "a", "maxLength": 3}, {"pattern": "a"}),
    ({"format": "uri"}, {"format": "colour"}),
    (STRING, {"minimum": 5, "required": ["a"], "minItems": 2}),
    (closed(a=STRING), closed(a=STRING, b=INTEGER)),
    (closed(a=STRING), opened(a=STRING, b=INTEGER)),
    (opened(a=STRING, b=INTEGER), opened(a=STRING)),
    ({**closed(a=STRING), "required": ["a"]}, closed(a=STRING)),
    (
        {**closed(a=STRING, b=STRING), "required": ["a"]},
        {**closed(a=STRING, b=STRING), "dependentRequired": {"b": ["a"]}},
    ),
    (closed(a=STRING), {"propertyNames": {"enum": ["a", "b"]}, "maxProperties": 1}),
    (closed(a=STRING), {"patternProperties": {"^a": {}}, "additionalProperties": False}),
    (
        {"patternProperties": {"^x": STRING}, "additionalProperties": False},
        {"additionalProperties": {"type": "string"}},
    ),
    ({"type": "array", "items": INTEGER}, {"type": "array", "items": NUMBER}),
    ({"prefixItems": [STRING], "items": False}, {"items": STRING, "maxItems": 1, "uniqueItems": True}),
    ({"contains": INTEGER, "minContains": 2}, {"contains": NUMBER}),
    ({"anyOf": [STRING, INTEGER]}, {"type": ["string", "number"]}),
    ({"anyOf": [STRING, INTEGER]}, {"anyOf": [INTEGER, STRING, {"type": "null"}]}),
    ({"type": ["string", "integer"]}, {"anyOf": [STRING, INTEGER]}),
    ({"oneOf": [{"const": "a", "title": "A"}]}, {"oneOf": [{"const": "a"}, {"const": "b"}]}),
    ({"oneOf": [STRING, INTEGER]}, {"oneOf": [STRING, NUMBER, {"type": "null"}]}),
    ({"allOf": [STRING, {"maxLength": 3}]}, {"type": "string", "maxLength": 3}),
    ({"type": "string", "maxLength": 3}, {"allOf": [STRING, {"maxLength": 3}]}),
    ({"not": STRING, "title": "A"}, {"not": {"type": "string", "description": "B"}}),
    ({"type": "integer", "not": {"const": 5}}, {"not": STRING}),
    ({"if": STRING, "then": {"maxLength": 1}}, {"if": STRING, "then": {"maxLength": 1, "title": "T"}}),
    (INTEGER, {"if": STRING, "then": {"maxLength": 1}}),
    ({"$ref": "#/$defs/a", "$defs": {"a": STRING}}, STRING),
    (STRING, {"$ref": "#/$defs/b", "$defs": {"b": {"type": ["string", "null"]}}}),
    (
        {"$defs": {"n": {**closed(child={"$ref": "#/$defs/n"}, v=INTEGER)}}, "$ref": "#/$defs/n"},
        {"$defs": {"m": {**closed(child={"$ref": "#/$defs/m"}, v=NUMBER)}}, "$ref": "#/$defs/m"},
    ),
    (
        {
            "oneOf": [
                {**closed(kind={"const": "a"}), "required": ["kind"]},
                {**closed(kind={"const": "b"}), "required": ["kind"]},
            ]
        },
        {
            "oneOf": [
                {**closed(kind={"const": "a"}, more=STRING), "required": ["kind"]},
                {**closed(kind={"const": "b"}), "required": ["kind"]},
                {**closed(kind={"const": "c"}), "required": ["kind"]},
            ]
        },
    ),
    ({**opened(a=STRING), "unevaluatedProperties": False}, {**opened(a=STRING), "unevaluatedProperties": False}),
]
# What breaks, with its place and kind.
BREAKING: list[tuple[Any, Any, tuple[str, str]]] = [
    (STRING, False, ("", "not_allowed")),
    (NUMBER, INTEGER, ("/type", "type_narrowed")),
    ({}, STRING, ("/type", "type_narrowed")),
    ({"enum": ["a", "b"]}, {"enum": ["a"]}, ("/enum", "value_removed")),
    (STRING, {"enum": ["a"]}, ("/enum", "enum_added")),
    (STRING, {"const": "a"}, ("/const", "const_added")),
    ({"const": 1}, {"const": 2}, ("/const", "value_removed")),
    ({"const": True}, {"const": 1}, ("/const", "value_removed")),
    ({"type": "string", "maxLength": 6}, {"type": "string", "maxLength": 5}, ("/maxLength", "limit_narrowed")),
    (STRING, {"minLength": 1}, ("/minLength", "limit_narrowed")),
    ({"minimum": 5}, {"exclusiveMinimum": 5}, ("/exclusiveMinimum", "limit_narrowed")),
    (NUMBER, {"maximum": 10}, ("/maximum", "limit_narrowed")),
    ({"type": "number", "exclusiveMinimum": 4}, {"minimum": 5}, ("/minimum", "limit_narrowed")),
    ({"multipleOf": 3}, {"multipleOf": 6}, ("/multipleOf", "limit_narrowed")),
    ({"type": "string", "pattern": "^a+$"}, {"type": "string", "pattern": "^a{1,3}$"}, ("/pattern", "pattern_changed")),
    (STRING, {"type": "string", "format": "uri"}, ("/format", "format_changed")),
    (closed(a=STRING, b=STRING), closed(a=STRING), ("/properties/b", "property_removed")),
    (closed(a=STRING), {**closed(a=STRING), "required": ["a"]}, ("/required", "required_added")),
    (closed(a=STRING), {**closed(a=STRING, b=STRING), "required": ["b"]}, ("/required", "required_added")),
    (closed(a=STRING), closed(a=INTEGER), ("/properties/a/type", "type_narrowed")),
    (opened(a=STRING), opened(a=STRING, b=INTEGER), ("/properties/b/type", "type_narrowed")),
    (opened(a=STRING), closed(a=STRING), ("/additionalProperties", "closed")),
    ({"type": "object"}, {"patternProperties": {"^x": STRING}}, ("/patternProperties/^x/type", "type_narrowed")),
    ({"type": "object"}, {"propertyNames": {"maxLength": 3}}, ("/propertyNames", "names_narrowed")),
    ({"type": "object"}, {"minProperties": 1}, ("/minProperties", "limit_narrowed")),
    ({"type": "object"}, {"maxProperties": 1}, ("/maxProperties", "limit_narrowed")),
    (
        closed(a={}, b={}),
        {**closed(a={}, b={}), "dependentRequired": {"a": ["b"]}},
        ("/dependentRequired/a", "required_added"),
    ),
    (
        closed(a={}, b={}),
        {**closed(a={}, b={}), "dependentSchemas": {"a": {"required": ["b"]}}},
        ("/dependentSchemas/a", "condition_changed"),
    ),
    ({"type": "array", "items": NUMBER}, {"type": "array", "items": INTEGER}, ("/items/type", "type_narrowed")),
    ({"type": "array"}, {"prefixItems": [STRING]}, ("/prefixItems/0/type", "type_narrowed")),
    ({"type": "array"}, {"maxItems": 2}, ("/maxItems", "limit_narrowed")),
    ({"type": "array"}, {"minItems": 2}, ("/minItems", "limit_narrowed")),
    ({"type": "array"}, {"uniqueItems": True}, ("/uniqueItems", "limit_narrowed")),
    ({"type": "array"}, {"contains": INTEGER}, ("/contains", "contents_narrowed")),
    ({"anyOf": [STRING, INTEGER]}, {"anyOf": [STRING]}, ("/anyOf", "choices_changed")),
    ({"oneOf": [STRING, INTEGER]}, {"oneOf": [STRING, INTEGER, NUMBER]}, ("/oneOf", "choices_changed")),
    ({"anyOf": [{}, STRING]}, STRING, ("/type", "type_narrowed")),
    (STRING, {"not": {"pattern": "^a"}}, ("/not", "exclusion_changed")),
    (STRING, {"if": {"minLength": 3}, "then": {"pattern": "a"}}, ("/if", "condition_changed")),
    (
        {"$ref": "#/$defs/a", "$defs": {"a": STRING}},
        {"$ref": "#/$defs/a", "$defs": {"a": INTEGER}},
        ("/$defs/a/type", "type_narrowed"),
    ),
    (
        closed(a=STRING),
        {"properties": {"a": STRING}, "unevaluatedProperties": False},
        ("/unevaluatedProperties", "unevaluated"),
    ),
]


@pytest.mark.parametrize(("old", "new"), HARMLESS)
def test_harmless_edit_is_compatible(old: Any, new: Any) -> None:
    assert breaking(old, new) == []
    assert breaking(new, old, Mode.FORWARD) == []


@pytest.mark.parametrize(("old", "new", "expected"), BREAKING)
def test_breaking_edit_is_told_with_a_judged_example(old: Any, new: Any, expected: tuple[str, str]) -> None:
    comparison = compare_schemas(old, new, policy=Policy.STRICT)

    found = {(change.path, change.kind): change for change in comparison.breaking}
    assert expected in found
    change = found[expected]
    if expected[1] != "unevaluated":
        assert change.has_example
        assert make_judge(old).is_valid(change.example)
        assert not make_judge(new).is_valid(change.example)
    assert "old schema" in change.explanation


@pytest.mark.parametrize(("old", "new", "expected"), BREAKING)
def test_mode_turns_the_question_round(old: Any, new: Any, expected: tuple[str, str]) -> None:
    assert expected in breaking(new, old, Mode.FORWARD)
    assert expected in breaking(old, new, Mode.FULL)
    assert expected in breaking(new, old, Mode.FULL)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (opened(a=STRING), opened(a=STRING, b=INTEGER)),
        ({}, opened(b=INTEGER) | {"type": ["object", "array", "string", "number", "boolean", "null"]}),
        (opened(a=opened(c=STRING)), opened(a=opened(c=STRING, d=INTEGER))),
        ({"anyOf": [opened(a=STRING), STRING]}, {"anyOf": [opened(a=STRING, b=INTEGER), STRING]}),
        ({"type": "array", "items": opened(a=STRING)}, {"type": "array", "items": opened(a=STRING, b=closed())}),
    ],
)
def test_optional_property_of_an_open_object_is_forgiven_by_lenient_only(old: Any, new: Any) -> None:
    lenient, strict = (compare_schemas(old, new, policy=policy) for policy in (Policy.LENIENT, Policy.STRICT))

    assert lenient.compatible
    assert not strict.compatible
    forgiven = [change for change in lenient.changes if change.kind == "property_unspoken"]
    assert forgiven
    assert all(change.explanation.startswith("Lenient: ") for change in forgiven)
    # What could go wrong is shown all the same.
    assert all(
        make_judge(old).is_valid(each.example) and not make_judge(new).is_valid(each.example) for each in forgiven
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # The name was spoken of, on whatever condition, or is given a meaning by a rule.
        ({"anyOf": [opened(b=STRING), opened(c=STRING)]}, opened(b=INTEGER)),
        ({**opened(a=STRING), "required": ["b"]}, opened(a=STRING, b=INTEGER)),
        ({**opened(a=STRING), "if": {"required": ["b"]}, "then": {"maxProperties": 1}}, opened(a=STRING, b=INTEGER)),
        ({**opened(a=STRING), "propertyNames": {"enum": ["a", "b"]}}, opened(a=STRING, b=INTEGER)),
        ({**opened(a=STRING), "additionalProperties": STRING}, opened(a=STRING, b=INTEGER)),
        ({**opened(a=STRING), "patternProperties": {"^b": STRING}}, opened(a=STRING, b=INTEGER)),
        ({"enum": [{"b": "text"}]}, opened(b=INTEGER)),
        # More than adding an optional property.
        (opened(a=STRING), {**opened(a=STRING, b=INTEGER), "required": ["b"]}),
        (opened(a=STRING), closed(a=STRING, b=INTEGER)),
        (opened(a=STRING), {**opened(a=STRING), "patternProperties": {"^b": INTEGER}}),
        # What is deeper is spoken of by a branch that is looked at later.
        (tree(2, STRING), tree(2, INTEGER)),
        ({"anyOf": [{"additionalProperties": opened(b=STRING)}, STRING]}, {"additionalProperties": opened(b=INTEGER)}),
    ],
)
def test_lenient_forgives_nothing_else(old: Any, new: Any) -> None:
    assert not compare_schemas(old, new).compatible


def test_wording_and_additions_are_listed_as_harmless() -> None:
    old = closed(a={"type": "string", "title": "A", "default": "x"})
    new = {**closed(a={"type": "string", "title": "B", "default": "y", "x-widget": "code"}, b=STRING), "x-order": ["b"]}

    changes = compare_schemas(old, new).changes

    assert [(change.path, change.kind, change.breaking, change.example) for change in changes] == [
        ("/properties/a/title", "wording_changed", False, MISSING),
        ("/properties/a/default", "wording_changed", False, MISSING),
        ("/properties/a/x-widget", "wording_added", False, MISSING),
        ("/properties/b", "property_added", False, MISSING),
        ("/x-order", "wording_added", False, MISSING),
    ]


def test_example_that_cannot_be_found_is_said_to_be_missing() -> None:
    # No text fits both patterns of the old schema, which nobody here can know.
    old = {"type": "string", "allOf": [{"pattern": "^a$"}, {"pattern": "^b$"}]}

    (change,) = compare_schemas(old, {**old, "pattern": "^c$"}).breaking

    assert (change.kind, change.has_example) == ("pattern_changed", False)
    assert "No example could be constructed" in change.explanation


def test_example_may_be_null() -> None:
    (change,) = compare_schemas({"type": ["string", "null"]}, STRING).breaking

    assert change.has_example
    assert change.example is None
