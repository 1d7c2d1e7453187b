"""Differences in words: parts of a lifecycle one by one, lists item by item, ranges as ranges."""

from typing import Any

import pytest

from catalog.admin.differences import MANY, is_brief, member_label, readable
from tests.catalog.admin.pages import differing

LIFECYCLE = {"state": "deprecated", "since": "2026-01-01", "reason": "Old"}
SCHEMA = {
    "type": "object",
    "properties": {
        "outputFolder": {
            "type": "string",
            "title": "Output folder",
            "description": "Where the site is.",
            "pattern": "^a",
        },
        "branch": {"type": "string"},
    },
}


@pytest.mark.parametrize(
    ("kind", "before", "after", "rows"),
    [
        ("provider", {}, {"monthly_cost_range": [1, 2000]}, [("/monthly_cost_range", "", "1 to 2,000")]),
        (
            "provider",
            {},
            {"lifecycle": LIFECYCLE},
            [
                ("/lifecycle/reason", "", "Old"),
                ("/lifecycle/since", "", "1 Jan 2026"),
                ("/lifecycle/state", "", "Deprecated"),
            ],
        ),
        ("provider", {"lifecycle": {"state": "removed"}}, {}, [("/lifecycle/state", "Removed", "")]),
        ("provider", {}, {"cms_type": "api_based"}, [("/cms_type", "", "Content behind an API")]),
        ("provider", {}, {"category": "cms_tier_service"}, [("/category", "", "cms tier service")]),
        ("provider", {}, {"key_features": ["live_preview"]}, [("/key_features", "", "live preview")]),
        ("provider", {}, {"aliases": ["stacks/old_one"]}, [("/aliases", "", "stacks/old_one")]),
        ("stack", {}, {"providers": {"cms": ["a", "b"]}}, [("/providers/cms", "", "a, b")]),
        ("stack", {"providers": {"cms": ["a"]}}, {"providers": {"cms": ["a"]}}, []),
        ("builder", {}, {"config_schema": SCHEMA}, [("/config_schema", "", "Output folder, branch")]),
        (
            "builder",
            {"config_schema": {"type": "object", "properties": {}}},
            {"config_schema": SCHEMA},
            [
                ("/config_schema/properties/branch", "", "branch"),
                ("/config_schema/properties/outputFolder", "", "Output folder: Where the site is."),
            ],
        ),
        ("builder", {}, {"config_schema": {"type": "object"}}, [("/config_schema", "", '{"type": "object"}')]),
    ],
)
def test_differences_are_told_member_by_member(
    kind: str, before: dict[str, Any], after: dict[str, Any], rows: list[tuple[str, str, str]]
) -> None:
    assert differing(readable(kind, before, after)) == rows


def test_settings_of_a_service_are_named_as_in_the_form() -> None:
    label = member_label("builder", "/config_schema/properties/outputFolder/default")

    assert label == "Settings of a service: outputFolder / default"
    assert member_label("builder", "/config_schema") == "Settings of a service"


def test_long_and_technical_differences_are_shown_when_asked_for() -> None:
    names = readable("provider", {"display_name": "A"}, {"display_name": "B"})
    schema = readable("builder", {}, {"config_schema": SCHEMA})

    assert (is_brief(names), is_brief(names * MANY), is_brief(names + schema)) == (True, False, False)


def test_items_of_lists_are_told_from_whole_values() -> None:
    rows = readable("provider", {}, {"key_features": ["live_preview"], "display_name": "A"})

    assert {row.path: row.is_list for row in rows} == {"/display_name": False, "/key_features": True}


def test_comparing_leaves_the_documents_as_they_are() -> None:
    before: dict[str, Any] = {}
    after = {"lifecycle": LIFECYCLE}

    readable("provider", before, after)

    assert (before, after) == ({}, {"lifecycle": LIFECYCLE})
