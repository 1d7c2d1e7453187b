"""Schemas of the starter catalogue, and schemas that are made to take for ever."""

from time import process_time
from typing import Any

import pytest

from catalog.actions.starter import read_starter_files
from catalog.schemas.compare.report import Comparison, Mode, Policy, compare_schemas
from catalog.schemas.configs import judge_config
from tests.cases import spread
from tests.catalog.schemas.compare.test_report import INTEGER, STRING, opened, tree

SCHEMAS = [file.document["config_schema"] for file in read_starter_files() if "config_schema" in file.document]


def bomb(levels: int, leaf: Any, word: str) -> Any:
    """A schema whose references double at each level."""
    parts = {f"a{at}": {word: [{"$ref": f"#/$defs/a{at + 1}"}, {"$ref": f"#/$defs/a{at + 1}"}]} for at in range(levels)}
    return {"$ref": "#/$defs/a0", "$defs": {**parts, f"a{levels}": leaf}}


def required(letter: str) -> Any:
    return {"type": "object", "required": [f"{letter}{at}" for at in range(4_000)]}


@pytest.mark.parametrize("schema", SCHEMAS, ids=range(len(SCHEMAS)))
def test_starter_schemas_are_compatible_with_themselves_and_examples_of_others_separate(schema: Any) -> None:
    assert compare_schemas(schema, schema, mode=Mode.FULL, policy=Policy.STRICT) == Comparison()
    for other in SCHEMAS[::6]:
        for change in compare_schemas(schema, other).changes:
            if change.has_example:
                assert judge_config(schema, change.example).is_valid
                assert not judge_config(other, change.example).is_valid


@pytest.mark.parametrize(
    ("old", "new"),
    spread(
        [
            (tree(8, STRING), tree(8, INTEGER)),
            (tree(8, STRING, "oneOf"), tree(8, INTEGER, "oneOf")),
            (tree(8, STRING, "allOf"), tree(8, INTEGER, "allOf")),
            ({"anyOf": [{"const": at} for at in range(1_200)]}, {"anyOf": [{"const": at} for at in range(1, 1_200)]}),
            ({"enum": list(range(4_000))}, {"enum": list(range(1, 4_000))}),
            (bomb(100, STRING, "allOf"), bomb(100, INTEGER, "allOf")),
            (bomb(60, STRING, "anyOf"), bomb(60, INTEGER, "anyOf")),
            (required("a"), required("b")),
            ({"const": "x" * 200_000}, {"pattern": "(.?){900}y"}),
            (opened(**{f"p{at}": STRING for at in range(1_000)}), opened(**{f"p{at}": INTEGER for at in range(1_000)})),
            (
                {"patternProperties": {f"^{at}": STRING for at in range(400)}},
                {"patternProperties": {f"{at}$": INTEGER for at in range(400)}},
            ),
            ({"prefixItems": [STRING] * 2_000}, {"prefixItems": [INTEGER] * 2_000}),
            ({"type": "array", "minItems": 10**9}, {"type": "array", "minItems": 10**9 + 1}),
            ({"type": "string", "minLength": 10**9}, {"type": "string", "minLength": 10**9 + 1}),
            ({"minimum": 10**300}, {"minimum": 1e300, "multipleOf": 1e-300}),
            ({"type": "string", "pattern": "^(a{1,900}){1,1}$"}, {"type": "string", "pattern": "^(.{900})+$"}),
        ],
        fast=3,
    ),
)
def test_hostile_schemas_are_compared_soon(old: Any, new: Any) -> None:
    before = process_time()

    comparison = compare_schemas(old, new, mode=Mode.FULL)

    assert not comparison.compatible
    assert len(comparison.changes) < 1_000
    # Not a benchmark: what is not bounded takes hours.
    assert process_time() - before < 30
