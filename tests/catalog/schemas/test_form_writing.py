"""What a form holds at first, and that a config comes back from it as it was."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.schemas.form_fields import describe_form
from catalog.schemas.form_names import same_json
from catalog.schemas.form_reading import read_form
from catalog.schemas.form_writing import write_form
from tests.catalog.schemas.form_strategies import ANYTHING, NAMES, forms, groups, has_plain_secret


def form(**properties: Any) -> Any:
    return describe_form({"type": "object", "properties": properties})


@settings(deadline=None, max_examples=60)
@given(forms())
def test_config_comes_back_as_it_was(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    schema, config = pair
    described = describe_form(schema)

    reading = read_form(described, write_form(described, config, prefix="s"), prefix="s")

    assert same_json(reading.config, config)
    assert (reading.errors, reading.secrets) == ({}, {})


@settings(deadline=None, max_examples=60)
@given(groups(), st.dictionaries(NAMES, ANYTHING))
def test_whatever_stands_in_a_config_comes_back(pair: tuple[dict[str, Any], Any], config: dict[str, Any]) -> None:
    schema, _ = pair
    if has_plain_secret(schema):
        return
    # What is required, and empty, is there without anybody's doing.
    described = describe_form(json.loads(json.dumps(schema).replace('"required"', '"asked"')))

    assert same_json(read_form(described, write_form(described, config)).config, config)


@pytest.mark.parametrize(
    ("schema", "value", "written"),
    [
        ({"type": "string"}, "x", {"/it": ["x"]}),
        ({"type": "string"}, "", {"/it~empty": ["on"]}),
        ({"type": "string"}, 5, {"/it~json": ["5"]}),
        ({"type": "string"}, "a\rb", {"/it~json": ['"a\\rb"']}),
        ({"type": "integer"}, 5, {"/it": ["5"]}),
        ({"type": "integer"}, "five", {"/it~json": ['"five"']}),
        ({"type": "boolean"}, False, {"/it": ["false"]}),
        ({"type": "boolean", "default": False}, False, {"/it": ["false"], "/it~explicit": ["on"]}),
        ({"enum": ["a", 1]}, 1, {"/it": ["1"]}),
        ({"enum": ["a", "1"]}, "1", {"/it": ['"1"']}),
        ({"type": "array", "items": {"type": "string"}}, ["a", "b c"], {"/it": ["a\nb c"]}),
        ({"type": "array", "items": {"type": "string"}}, ["a\nb"], {"/it~json": ['[\n  "a\\nb"\n]']}),
        ({"type": "array", "items": {"type": "integer"}}, [1, 2], {"/it": ["1\n2"]}),
        ({"type": "object", "additionalProperties": {"type": "string"}}, {"k": "v"},
         {"/it~rows": ["0"], "/it/0~key": ["k"], "/it/0": ["v"]}),
        ({"type": "array", "items": {"properties": {"x": {"type": "string"}}}}, [{"x": "1"}],
         {"/it~rows": ["0"], "/it/0/x": ["1"]}),
        ({"properties": {"x": {"type": "string"}}}, {"x": "1", "y": 2},
         {"/it/x": ["1"], "/it~rest": ['{\n  "y": 2\n}']}),
        ({"format": "secret"}, {"$secret": "token"}, {"/it~kept": ["token"]}),
        ({"format": "secret"}, "readable", {}),
    ],
)  # fmt: skip
def test_value_is_written_into_its_input(schema: Any, value: Any, written: dict[str, list[str]]) -> None:
    assert write_form(form(it=schema), {"it": value}) == written
