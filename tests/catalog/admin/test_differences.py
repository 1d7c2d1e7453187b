"""Differences in words: parts of a lifecycle one by one, lists item by item, ranges as ranges."""

from typing import Any

import pytest

from catalog.admin.differences import readable
from tests.catalog.admin.pages import differing

LIFECYCLE = {"state": "deprecated", "since": "2026-01-01", "reason": "Old"}


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
                ("/lifecycle/since", "", "2026-01-01"),
                ("/lifecycle/state", "", "Deprecated"),
            ],
        ),
        ("provider", {"lifecycle": {"state": "removed"}}, {}, [("/lifecycle/state", "Removed", "")]),
        ("provider", {}, {"cms_type": "api_based"}, [("/cms_type", "", "Content behind an API")]),
        ("provider", {}, {"category": "cms_tier_service"}, [("/category", "", "cms_tier_service")]),
        ("provider", {}, {"key_features": ["live_preview"]}, [("/key_features", "", "live preview")]),
        ("provider", {}, {"aliases": ["stacks/old_one"]}, [("/aliases", "", "stacks/old_one")]),
        ("stack", {}, {"providers": {"cms": ["a", "b"]}}, [("/providers/cms", "", "a, b")]),
        ("stack", {"providers": {"cms": ["a"]}}, {"providers": {"cms": ["a"]}}, []),
        ("builder", {}, {"config_schema": {"type": "object"}}, [("/config_schema", "", '{"type": "object"}')]),
    ],
)
def test_differences_are_told_member_by_member(
    kind: str, before: dict[str, Any], after: dict[str, Any], rows: list[tuple[str, str, str]]
) -> None:
    assert differing(readable(kind, before, after)) == rows


def test_comparing_leaves_the_documents_as_they_are() -> None:
    before: dict[str, Any] = {}
    after = {"lifecycle": LIFECYCLE}

    readable("provider", before, after)

    assert (before, after) == ({}, {"lifecycle": LIFECYCLE})
