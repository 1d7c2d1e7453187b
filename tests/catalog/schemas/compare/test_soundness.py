"""The gate may say no too often, never yes wrongly: random schemas and edits, judged with random instances."""

from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from catalog.schemas.compare.examples import ANYTHING
from catalog.schemas.compare.report import Mode, Policy, compare_schemas
from catalog.schemas.compare.samples import Samples
from catalog.schemas.compare.sides import Side
from catalog.schemas.judging import TooMuchWorkError, limited
from catalog.schemas.rules import schema_problems
from tests.catalog.schemas.compare.strategies import VALUES, pairs

OPTIONS = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


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


def without(instance: Any, names: set[str]) -> Any:
    """The instance without members of these names, at whatever depth."""
    if isinstance(instance, dict):
        return {name: without(value, names) for name, value in instance.items() if name not in names}
    return [without(item, names) for item in instance] if isinstance(instance, list) else instance


@OPTIONS
@given(pair=pairs(), more=st.lists(VALUES, min_size=5, max_size=20))
def test_lenient_is_wrong_only_about_members_that_nobody_spoke_of(pair: tuple[Any, Any], more: list[Any]) -> None:
    assume(not schema_problems(pair[0]) and not schema_problems(pair[1]))
    old, new = (Side(schema) for schema in pair)

    comparison = compare_schemas(*pair, policy=Policy.LENIENT)

    unspoken = {change.path.rpartition("/")[2] for change in comparison.changes if change.kind == "property_unspoken"}
    is_strictly_compatible = compare_schemas(*pair, policy=Policy.STRICT).compatible
    assert comparison.compatible or not is_strictly_compatible
    assert is_strictly_compatible or unspoken or not comparison.compatible
    if comparison.compatible:
        instances = [without(instance, unspoken) for instance in [*more, *instances_of(old, new)]]
        assert [instance for instance in instances if separates(old, new, instance)] == []
