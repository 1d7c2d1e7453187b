"""Documents and rows of cells are inverse of each other; cells that hold no value are said by column."""

import pytest
from hypothesis import given, settings

from catalog.actions.starter import read_starter_files
from catalog.documents.mapping import MEMBERS
from catalog.documents.tables import COLUMNS, IDENTITY, cells_of, column_of, document_from_cells
from catalog.schemas.validation import validate_document
from tests.catalog.documents import strategies
from tests.factories import SANITY, stack_document

NO_NUMBER = "Write a whole number without other characters, such as 1440."
NO_JSON = "This is no JSON: Expecting property name enclosed in double quotes (line 1, column 2)."
TOO_DEEP = "It is nested too deeply, or a number in it is not allowed."
SCHEMA = {"type": "object", "properties": {"a": {"default": 1.5, "title": "é漢😀"}}}


@given(strategies.kinds_and_documents)
@settings(max_examples=200, deadline=None)
def test_document_comes_back_exactly(made: tuple[str, strategies.Document]) -> None:
    kind, document = made

    assert document_from_cells(kind, cells_of(kind, document)) == (document, [])


def test_starter_catalogue_comes_back_exactly() -> None:
    for file in read_starter_files():
        assert document_from_cells(file.kind, cells_of(file.kind, file.document)) == (file.document, [])


def test_every_member_has_columns() -> None:
    for kind, members in MEMBERS.items():
        assert {column.path[0] for column in COLUMNS[kind].values()} == {member.name for member in members}
        assert set(IDENTITY[kind]) < set(COLUMNS[kind])


def test_cells_are_what_people_read() -> None:
    cells = cells_of("provider", {**SANITY, "aliases": ["providers/cms/old_one"], "config_schema": SCHEMA})

    assert {name: cells[name] for name in ("provider_name", "monthly_cost_min", "monthly_cost_max", "aliases")} == {
        "provider_name": "sanity",
        "monthly_cost_min": "65",
        "monthly_cost_max": "280",
        "aliases": "providers/cms/old_one",
    }
    assert cells["ssg_engine_options"] == "nextjs, astro, gatsby, eleventy"
    assert cells["config_schema"] == '{"type": "object", "properties": {"a": {"default": 1.5, "title": "é漢😀"}}}'
    assert (cells["lifecycle_state"], cells["currency"], cells["source_type"]) == ("", "", "")


def test_parts_of_a_member_have_columns_of_their_own() -> None:
    lifecycle = {"state": "disabled", "since": "2026-01-01", "reason": "Old", "replacement": "stacks/foundation/b"}
    document = stack_document(providers={"cms": ["b", "a"], "ssg": ["astro"]}, lifecycle=lifecycle)

    cells = cells_of("stack", document)

    assert {name: text for name, text in cells.items() if text} == {
        "stack_name": "marketing",
        "category": "foundation",
        "display_name": "Marketing",
        "lifecycle_state": "disabled",
        "lifecycle_since": "2026-01-01",
        "lifecycle_reason": "Old",
        "lifecycle_replacement": "stacks/foundation/b",
        "providers_cms": "b, a",
        "providers_ssg": "astro",
    }


def test_cells_are_read_as_people_type_them() -> None:
    cells = {
        **cells_of("provider", SANITY),
        "monthly_cost_min": " 70 ",
        "monthly_cost_max": "280.0",
        "key_features": "Real-Time APIs\nGROQ",
        "lifecycle_state": "active",
        "display_name": " Sanity ",
        "icon": " sanity ",
        "config_schema": "{}",
    }

    document, problems = document_from_cells("provider", cells)

    assert problems == []
    assert document == {
        **SANITY,
        "monthly_cost_range": [70, 280],
        "key_features": ["real_time_apis", "groq"],
        "display_name": " Sanity ",
        "icon": "sanity",
    }
    assert validate_document("provider", document) == []


@pytest.mark.parametrize(
    ("cells", "path", "message"),
    [
        ({"monthly_cost_min": "abc"}, "/monthly_cost_range/0", NO_NUMBER),
        ({"monthly_cost_max": "1,440"}, "/monthly_cost_range/1", NO_NUMBER),
        ({"monthly_cost_max": "6" * 16}, "/monthly_cost_range/1", NO_NUMBER),
        ({"monthly_cost_max": ""}, "/monthly_cost_range/1", "Give both the least and the most, or neither."),
        ({"config_schema": "{a}"}, "/config_schema", NO_JSON),
        ({"config_schema": "[NaN]"}, "/config_schema", TOO_DEEP),
        ({"config_schema": "[" * 100_000}, "/config_schema", TOO_DEEP),
    ],
)
def test_cell_without_a_value_of_its_column_is_named(cells: dict[str, str], path: str, message: str) -> None:
    _, problems = document_from_cells("provider", {**cells_of("provider", SANITY), **cells})

    assert [(problem.path, problem.message) for problem in problems] == [(path, message)]


@pytest.mark.parametrize(
    ("kind", "path", "column"),
    [
        ("provider", "/provider_name", "provider_name"),
        ("provider", "/monthly_cost_range", "monthly_cost_min"),
        ("provider", "/monthly_cost_range/1", "monthly_cost_max"),
        ("provider", "/lifecycle", "lifecycle_state"),
        ("provider", "/lifecycle/reason", "lifecycle_reason"),
        ("provider", "/config_schema/properties/a", "config_schema"),
        ("provider", "/key_features/3", "key_features"),
        ("stack", "/providers/ssg/0", "providers_ssg"),
        ("stack", "/nothing", ""),
        ("stack", "", ""),
        ("", "/category", ""),
    ],
)
def test_problem_leads_to_its_column(kind: str, path: str, column: str) -> None:
    assert column_of(kind, path) == column
