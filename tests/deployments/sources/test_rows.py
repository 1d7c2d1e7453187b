"""The catalogue's rows of sources and their backends belong together."""

import pytest

from catalog.schemas.compare.report import Mode, compare_schemas
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


def test_get_makes_a_new_instance_each_time() -> None:
    first, second = SOURCES.get("inline@1"), SOURCES.get("inline@1")

    assert (type(first), type(second), first is second) == (Inline, Inline, False)
