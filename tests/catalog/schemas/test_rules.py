"""Which schemas may be judged with: whatever is sent, the answer is a list of problems, and comes soon."""

from typing import Any

import pytest

from catalog.schemas.library import list_released, load_schema
from catalog.schemas.rules import DRAFT, MAX_DEPTH, MAX_NODES, schema_problems


def found(schema: Any) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in schema_problems(schema)]


@pytest.mark.parametrize(
    "schema",
    [
        True,
        False,
        {},
        {"$schema": DRAFT, "$id": "https://example.com/s.json", "type": "object"},
        {"$defs": {"a b": {"type": "string"}}, "$ref": "#/$defs/a%20b"},
        {"$defs": {"a/b": {"type": "string"}}, "$ref": "#/$defs/a~1b"},
        {"allOf": [{"type": "string"}], "properties": {"a": {"$ref": "#/allOf/0"}}},
        {"properties": {"child": {"$ref": "#"}}},
        {"properties": {"$ref": {"type": "string"}, "pattern": {"type": "string"}, "$id": {}}},
        {"enum": [{"$ref": "https://example.com"}], "const": {"pattern": "("}},
        {"unevaluatedProperties": False},
    ],
)
def test_safe_schema_has_no_problems(schema: Any) -> None:
    assert schema_problems(schema) == []


def test_released_schemas_are_safe() -> None:
    assert {name: found(load_schema(*name)) for name in list_released()} == {name: [] for name in list_released()}


@pytest.mark.parametrize(
    ("schema", "problems"),
    [
        (None, [("", "type")]),
        ([], [("", "type")]),
        ("text", [("", "type")]),
        ({"$ref": "https://example.com/schema.json"}, [("/$ref", "$ref")]),
        ({"$ref": "file:///etc/passwd"}, [("/$ref", "$ref")]),
        ({"$ref": "#name"}, [("/$ref", "$ref")]),
        ({"$ref": "#/$defs/none"}, [("/$ref", "$ref")]),
        ({"$ref": "#/x-hidden", "x-hidden": {"pattern": "(?=a)"}}, [("/$ref", "$ref")]),
        ({"$ref": "#/enum/0", "enum": [{}]}, [("/$ref", "$ref")]),
        ({"$dynamicRef": "#meta"}, [("/$dynamicRef", "$ref")]),
        ({"$ref": "#"}, [("/$ref", "$ref")]),
        ({"allOf": [{"$ref": "#"}]}, [("/allOf/0/$ref", "$ref")]),
        ({"not": {"$ref": "#"}}, [("/not/$ref", "$ref")]),
        (
            {"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"if": {"$ref": "#/$defs/a"}}}},
            [("/$defs/a/anyOf/0/$ref", "$ref"), ("/$defs/b/if/$ref", "$ref")],
        ),
        ({"properties": {"a": {"$id": "https://example.com/"}}}, [("/properties/a/$id", "$id")]),
        ({"items": {"$schema": "http://json-schema.org/draft-04/schema#"}}, [("/items/$schema", "$schema")]),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, [("/$schema", "$schema")]),
        ({"pattern": "(?!a)b"}, [("/pattern", "pattern")]),
        ({"patternProperties": {r"(a)\1": {}}}, [(r"/patternProperties/(a)\1", "pattern")]),
        ({"patternProperties": {"a": {}}, "unevaluatedProperties": False}, [("", "unevaluatedProperties")]),
        ({"type": "text"}, [("/type", "schema")]),
        ({"pattern": 5}, [("/pattern", "schema")]),
        ({"properties": []}, [("/properties", "schema")]),
        ({"enum": list(range(MAX_NODES))}, [("", "size")]),
        ({"allOf": [{"pattern": f"^(.?){{90{at % 10}}}{at}$"} for at in range(20)]}, [("", "size")]),
        (
            {"allOf": [{"pattern": f"({at}"} for at in range(99)]},
            [(f"/allOf/{at}/pattern", "pattern") for at in range(10)],
        ),
    ],
)
def test_unsafe_schema_is_refused_at_its_place(schema: Any, problems: list[tuple[str, str]]) -> None:
    assert [problem for problem in found(schema) if problem[1] != "schema" or problem in problems] == problems


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 100_000])
def test_too_deep_schema_is_one_problem(levels: int) -> None:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"not": schema}

    assert found(schema) == [("", "depth")]
