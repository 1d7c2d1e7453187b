"""Cells: lists in one cell, and texts that look like formulas, come back exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.documents.cells import as_text, from_text, join_list, split_list

TRICKY = st.text(st.sampled_from("=+-@'\t\r\n\uff1d a,\""), max_size=6) | st.text(max_size=20)


@given(st.lists(TRICKY, max_size=5))
def test_list_comes_back_exactly(items: list[str]) -> None:
    assert split_list(join_list(items)) == items


@pytest.mark.parametrize(
    ("typed", "items"),
    [
        ("", []),
        (" , ,\n", []),
        ("a, b,c", ["a", "b", "c"]),
        ("a\nb\r\nc", ["a", "b", "c"]),
        ('"a, b", c', ["a, b", "c"]),
        ('"a ""b"""', ['a "b"']),
        ('5" disk, b', ['5" disk', "b"]),
        ('"a" b, c', ['"a" b', "c"]),
        ('"never closed, b', ['"never closed', "b"]),
        ('""', [""]),
    ],
)
def test_list_is_read_as_people_type_it(typed: str, items: list[str]) -> None:
    assert split_list(typed) == items


@given(TRICKY)
def test_text_comes_back_exactly_and_is_never_a_formula(text: str) -> None:
    cell = as_text(text)

    assert from_text(cell) == text
    assert not cell or cell[0] not in "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"


@pytest.mark.parametrize(
    ("text", "cell"),
    [("=1+1", "'=1+1"), ("-5", "'-5"), ("'=1", "''=1"), ("'quoted'", "'quoted'"), ("a=1", "a=1"), ("@me", "'@me")],
)
def test_apostrophe_stands_only_where_it_is_needed(text: str, cell: str) -> None:
    assert as_text(text) == cell
