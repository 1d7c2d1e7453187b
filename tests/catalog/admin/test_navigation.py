"""The menu: the one item that is open, and a badge for what waits."""

from typing import Any

import pytest

from tests.catalog.admin.pages import PROVIDERS, PUBLISH, SNAPSHOTS, Browsers, page_of
from tests.factories import SANITY, publish, sanity, save

pytestmark = pytest.mark.django_db


def items(browsers: Browsers, address: str, name: str = "administrator") -> list[dict[str, Any]]:
    groups = browsers[name].get(address).context["sidebar_navigation"]
    return [item for group in groups for item in group["items"]]


def test_one_item_is_open_on_every_page_below_it(browsers: Browsers) -> None:
    save("provider", SANITY)
    publish()
    pages = [PUBLISH, SNAPSHOTS, f"{SNAPSHOTS}1/change/", PROVIDERS, page_of(sanity(), "review"), "/admin/approvals/"]

    opened = [[item["title"] for item in items(browsers, page) if item["active"]] for page in pages]

    assert opened == [["Publish"], ["Snapshots"], ["Snapshots"], ["Providers"], ["Providers"], ["Approvals"]]


def test_badge_counts_what_waits_for_those_who_may_approve(browsers: Browsers) -> None:
    save("provider", SANITY, approved=False)

    badges = {
        name: [item.get("badge") for item in items(browsers, PROVIDERS, name) if item["title"] == "Approvals"]
        for name in ("editor", "publisher", "administrator")
    }

    assert badges == {"editor": [None], "publisher": ["1"], "administrator": ["1"]}
