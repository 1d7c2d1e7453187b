"""The gate may say no too often, never yes wrongly: random schemas and edits, judged with random instances."""

import re
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from catalog.schemas.compare.examples import ANYTHING
from catalog.schemas.compare.report import Mode, Policy, compare_schemas
from catalog.schemas.compare.samples import Samples
from catalog.schemas.compare.sides import Side
from catalog.schemas.judging import TooMuchWorkError, limited
from catalog.schemas.rules import schema_problems
from catalog.schemas.walking import resolve
from tests.catalog.schemas.compare.strategies import VALUES, pairs

OPTIONS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def instances_of(*sides: Side) -> list[Any]:
    """What the schemas themselves suggest, and what is there anyway."""
    found = list(ANYTHING)
    for side in sides:
        try:
            with limited(20_000):
                found += Samples(side).values([side.root])
        except TooMuchWorkError:
            continue
    return found


def separates(one: Side, other: Side, instance: Any) -> bool:
    return one.accepts(instance) and not other.accepts(instance)


@OPTIONS
@given(pair=pairs(), more=st.lists(VALUES, min_size=5, max_size=20), mode=st.sampled_from(Mode))
def test_compatible_is_never_wrong_and_examples_separate(pair: tuple[Any, Any], more: list[Any], mode: Mode) -> None:
    assume(not schema_problems(pair[0]) and not schema_problems(pair[1]))
    old, new = (Side(schema) for schema in pair)

    comparison = compare_schemas(*pair, mode=mode, policy=Policy.STRICT)

    if comparison.compatible:
        for instance in [*more, *instances_of(old, new)]:
            assert mode is Mode.FORWARD or not separates(old, new, instance)
            assert mode is Mode.BACKWARD or not separates(new, old, instance)
    for change in comparison.changes:
        if change.has_example:
            assert separates(old, new, change.example) or separates(new, old, change.example)


def is_spoken_of(instance: Any, schemas: list[Any], root: Any) -> bool:
    """Whether every member in the instance is spoken of at its place by some of the schemas, on whatever condition."""
    said = in_place(schemas, root)
    if isinstance(instance, list):
        items = [
            part for node in said for part in [*node.get("prefixItems", []), node.get("items"), node.get("contains")]
        ]
        return all(is_spoken_of(item, items, root) for item in instance)
    if not isinstance(instance, dict):
        return True
    return all(
        any(speaks(node, name) for node in said) and is_spoken_of(value, members(said, name), root)
        for name, value in instance.items()
    )


def in_place(schemas: list[Any], root: Any) -> list[dict[str, Any]]:
    """All that is said about one value: branches, conditions, and where references lead."""
    found: list[dict[str, Any]] = []
    waiting = list(schemas)
    while waiting:
        schema = waiting.pop()
        if not isinstance(schema, dict) or any(schema is known for known in found):
            continue
        found.append(schema)
        waiting += [schema.get(keyword) for keyword in ("if", "then", "else", "not")]
        waiting += [part for keyword in ("allOf", "anyOf", "oneOf") for part in schema.get(keyword, [])]
        waiting += schema.get("dependentSchemas", {}).values()
        if "$ref" in schema:
            waiting.append(resolve(root, schema["$ref"]))
    return found


def speaks(node: dict[str, Any], name: str) -> bool:
    return bool(members([node], name)) or name in str([node.get(word) for word in ("required", "dependentRequired")])


def members(nodes: list[dict[str, Any]], name: str) -> list[Any]:
    found = []
    for node in nodes:
        found += [schema for pattern, schema in node.get("patternProperties", {}).items() if re.search(pattern, name)]
        found += [node["properties"][name]] if name in node.get("properties", {}) else []
        found += [node["additionalProperties"]] if node.get("additionalProperties", True) not in (True, {}) else []
    return found


@OPTIONS
@given(pair=pairs(), more=st.lists(VALUES, min_size=5, max_size=20))
def test_lenient_is_wrong_only_about_members_that_nobody_spoke_of(pair: tuple[Any, Any], more: list[Any]) -> None:
    assume(not schema_problems(pair[0]) and not schema_problems(pair[1]))
    old, new = (Side(schema) for schema in pair)

    comparison = compare_schemas(*pair, policy=Policy.LENIENT)

    is_strictly_compatible = compare_schemas(*pair, policy=Policy.STRICT).compatible
    has_forgiven = any(change.kind == "property_unspoken" for change in comparison.changes)
    assert comparison.compatible or not is_strictly_compatible
    assert is_strictly_compatible or has_forgiven or not comparison.compatible
    if comparison.compatible and not is_strictly_compatible:
        for instance in [*more, *instances_of(old, new)]:
            if is_spoken_of(instance, [pair[0]], pair[0]):
                assert not separates(old, new, instance)
