"""Schemas with hints for forms: every input named, everything that people wrote kept, the meaning unchanged."""

from typing import Any

import pytest

from catalog.actions.starter import read_starter_files
from catalog.schemas.compare.report import Mode, Policy, compare_schemas
from catalog.schemas.hints import with_hints
from catalog.schemas.rules import DRAFT, schema_problems

SCHEMAS = {
    file.key: file.document["config_schema"] for file in read_starter_files() if "config_schema" in file.document
}
SECRET = {"type": "object", "format": "secret", "properties": {"$secret": {"type": "string"}}}


@pytest.mark.parametrize(
    ("schema", "widget"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "contentMediaType": "text/plain"}, "textarea"),
        ({"type": "integer"}, "number"),
        ({"type": "number"}, "number"),
        ({"type": "boolean"}, "checkbox"),
        ({"enum": ["a", "b"]}, "select"),
        ({"oneOf": [{"const": "a", "title": "A"}, {"const": "b"}]}, "select"),
        ({"type": "array", "uniqueItems": True, "items": {"enum": ["a"]}}, "checkboxes"),
        ({"const": 1}, "constant"),
        ({"type": "array", "items": {"type": "string"}}, "list"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "map"),
        ({"type": "object", "properties": {"a": {}}}, "group"),
        (SECRET, "secret"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "json"),
        ({"type": "string", "not": {"pattern": "a"}}, "text"),
        ({"type": "string", "x-widget": "code"}, "code"),
        ({"$ref": "#/$defs/word"}, "text"),
    ],
)
def test_every_value_has_a_widget(schema: dict[str, Any], widget: str) -> None:
    hinted = with_hints({"properties": {"a": schema}, "$defs": {"word": {"type": "string"}}}, title="T")

    assert hinted["properties"]["a"]["x-widget"] == widget


def test_titles_order_and_defaults_are_there() -> None:
    schema = {
        "properties": {
            "sourceFolder": {"type": "string", "default": "."},
            "own": {"title": "Mine", "items": {"properties": {"inner": {"type": "string"}}}},
            "never": False,
        },
        "x-order": ["own"],
    }

    hinted = with_hints(schema, title="GitHub")

    assert (hinted["$schema"], hinted["title"], hinted["type"]) == (DRAFT, "GitHub", "object")
    assert hinted["x-order"] == ["own", "sourceFolder", "never"]
    assert hinted["properties"]["sourceFolder"] == {
        "title": "Source folder", "type": "string", "default": ".", "x-widget": "text",
    }  # fmt: skip
    assert hinted["properties"]["own"]["title"] == "Mine"
    assert hinted["properties"]["own"]["items"]["properties"]["inner"]["title"] == "Inner"
    assert hinted["properties"]["never"] is False
    assert "x-widget" not in hinted


def test_schema_of_nothing_is_a_form_of_nothing() -> None:
    assert with_hints({}, title="Hugo") == {"$schema": DRAFT, "title": "Hugo", "type": "object"}


@pytest.mark.parametrize("key", SCHEMAS)
def test_hints_change_nothing_of_the_starter_schemas(key: str) -> None:
    hinted = with_hints(SCHEMAS[key], title="T")

    assert schema_problems(hinted) == []
    assert compare_schemas(SCHEMAS[key], hinted, mode=Mode.FULL, policy=Policy.STRICT).compatible
    assert {
        name for name, part in hinted["properties"].items() if "x-widget" not in part or "title" not in part
    } == set()
