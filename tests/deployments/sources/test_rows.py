"""The catalogue's rows of sources and their backends belong together."""

import pytest

from catalog.schemas.compare.report import Mode, compare_schemas
from catalog.schemas.configs import judge_config
from catalog.schemas.validation import config_schema_problems
from deployments.sources import SOURCES
from deployments.sources.inline import Inline
from tests.deployments.sources.configs import row_schema

# Not provable by the comparison: the row takes https only, where the backend leaves it to a setting.
WIDER = {"/properties/url", "/properties/apiUrl"}
ROWS = sorted(spec.partition("@")[0] for spec in SOURCES.specs())


@pytest.mark.parametrize("key", ROWS)
def test_backend_accepts_what_its_row_accepts(key: str) -> None:
    backend = SOURCES.get(f"{key}@1")

    compared = compare_schemas(row_schema(key), backend.info.schema, mode=Mode.BACKWARD)

    breaking = {change.path for change in compared.changes if change.breaking}
    assert {path for path in breaking if not path.startswith(tuple(WIDER))} == set()


@pytest.mark.parametrize(("key", "name"), [("git", "url"), ("github", "apiUrl"), ("http-archive", "url")])
def test_backend_accepts_the_addresses_that_its_row_shows(key: str, name: str) -> None:
    examples = row_schema(key)["properties"][name]["examples"]
    schema = {**SOURCES.get(f"{key}@1").info.schema, "required": []}

    assert examples != []
    assert [judge_config(schema, {name: example}).errors for example in examples] == [()] * len(examples)


@pytest.mark.parametrize("key", ROWS)
def test_backend_schema_is_sound_and_speaks_of_every_member(key: str) -> None:
    schema = SOURCES.get(f"{key}@1").info.schema

    assert config_schema_problems(schema) == []
    assert schema["properties"].keys() == row_schema(key)["properties"].keys()


def test_get_makes_a_new_instance_each_time() -> None:
    first, second = SOURCES.get("inline@1"), SOURCES.get("inline@1")

    assert (type(first), type(second), first is second) == (Inline, Inline, False)
