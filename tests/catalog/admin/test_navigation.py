"""The menu: the one item that is open, and a badge for what waits."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User

from tests.catalog.admin.pages import PROVIDERS, PUBLISH, SNAPSHOTS, Browsers, page_of
from tests.factories import SANITY, publish, sanity, save

pytestmark = pytest.mark.django_db


def items(browsers: Browsers, address: str, name: str = "administrator") -> list[dict[str, Any]]:
    groups = browsers[name].get(address).context["sidebar_navigation"]
    return [item for group in groups for item in group["items"]]


def test_one_item_is_open_on_every_page_below_it(browsers: Browsers) -> None:
    save("provider", SANITY)
    snapshot = publish()
    pages = [
        PUBLISH,
        SNAPSHOTS,
        f"{SNAPSHOTS}{snapshot.pk}/change/",
        PROVIDERS,
        page_of(sanity(), "review"),
        "/admin/approvals/",
    ]

    opened = [[item["title"] for item in items(browsers, page) if item["active"]] for page in pages]

    assert opened == [["Publish"], ["Snapshots"], ["Snapshots"], ["Providers"], ["Providers"], ["Approvals"]]


def test_badge_counts_what_waits_for_those_who_may_approve(browsers: Browsers) -> None:
    save("provider", SANITY, approved=False)

    badges = {
        name: [item.get("badge") for item in items(browsers, PROVIDERS, name) if item["title"] == "Approvals"]
        for name in ("editor", "publisher", "administrator")
    }

    assert badges == {"editor": [None], "publisher": ["1"], "administrator": ["1"]}


@pytest.mark.parametrize("deed", ["add", "change"])
def test_import_and_removed_are_offered_to_who_may_write_entries_of_any_kind(deed: str, browsers: Browsers) -> None:
    person = User.objects.create_user("builders", is_staff=True)
    permissions = [f"{deed}_builder", "view_builder"]
    person.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    browsers["anonymous"].force_login(person)

    shown = [item for item in items(browsers, "/admin/", "anonymous") if item["title"] in ("Import", "Removed")]

    assert [item["title"] for item in shown] == ["Removed", "Import"]
    assert [browsers["anonymous"].get(item["link"]).status_code for item in shown] == [200, 200]
