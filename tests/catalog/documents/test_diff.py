"""Differences between two documents, member by member."""

from typing import Any

import pytest
from hypothesis import given

from catalog.documents.diff import Difference, diff_documents
from tests.catalog.documents.strategies import providers, values
from tests.factories import SANITY


@pytest.mark.parametrize(
    ("before", "after", "differences"),
    [
        ({}, {}, []),
        ({}, {"a": 1}, [Difference("/a", None, 1)]),
        ({"a": 1}, {}, [Difference("/a", 1, None)]),
        ({"a": 1}, {"a": 2}, [Difference("/a", 1, 2)]),
        ({"a": 1}, {"a": True}, [Difference("/a", 1, True)]),
        ({"a": 0}, {"a": False}, [Difference("/a", 0, False)]),
        ({"a": None}, {}, [Difference("/a", None, None)]),
        ({"a": 65}, {"a": 65.0}, []),
        ({"a": [1, 2]}, {"a": [2, 1]}, [Difference("/a", [1, 2], [2, 1])]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [Difference("/a/c", 2, 3)]),
        ({"a": {"b/c": 1}}, {"a": {}}, [Difference("/a/b~1c", 1, None)]),
        ({"a": {"b": 1}}, {"a": [1]}, [Difference("/a", {"b": 1}, [1])]),
        ({"b": 1, "a": 1}, {"b": 2, "a": 2}, [Difference("/a", 1, 2), Difference("/b", 1, 2)]),
        ({"a": [1]}, {"a": [True]}, [Difference("/a", [1], [True])]),
        ({"a": [{"b": 0}]}, {"a": [{"b": False}]}, [Difference("/a", [{"b": 0}], [{"b": False}])]),
    ],
)
def test_differences_are_found(before: dict[str, Any], after: dict[str, Any], differences: list[Difference]) -> None:
    assert diff_documents(before, after) == differences
    # == takes 1 for True; the text does not.
    assert repr(diff_documents(before, after)) == repr(differences)


def test_difference_of_one_member_of_a_document_is_that_member() -> None:
    changed = {**SANITY, "monthly_cost_range": [65, 300]}

    assert diff_documents(SANITY, changed) == [Difference("/monthly_cost_range", [65, 280], [65, 300])]


@given(providers, providers)
def test_differences_are_none_for_itself_and_mirrored_the_other_way(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert diff_documents(one, one) == []
    assert [Difference(d.path, d.after, d.before) for d in diff_documents(other, one)] == diff_documents(one, other)


@given(values)
def test_added_member_is_one_difference(value: Any) -> None:
    differences = diff_documents({"kept": 1}, {"kept": 1, "new": value})

    assert differences == [Difference("/new", None, value)]
