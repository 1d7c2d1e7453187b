"""Which item of the menu is marked as the one that is open."""

from typing import Any

import pytest

from tests.catalog.admin.pages import PROVIDERS, PUBLISH, SNAPSHOTS, Browsers

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "open_item"),
    [
        ("/admin/", ["Home"]),
        (PROVIDERS, ["Providers"]),
        (f"{PROVIDERS}add/", ["Providers"]),
        (SNAPSHOTS, ["Snapshots"]),
        (PUBLISH, ["Publish"]),
        ("/admin/password_change/", []),
    ],
)
def test_one_item_is_open_and_home_only_on_itself(address: str, open_item: list[str], browsers: Browsers) -> None:
    groups: Any = browsers["administrator"].get(address).context["sidebar_navigation"]

    assert [item["title"] for group in groups for item in group["items"] if item["active"]] == open_item


def test_refused_sign_in_is_said_once(browsers: Browsers) -> None:
    answer = browsers["anonymous"].post("/admin/login/", {"username": "editor", "password": "wrong"})

    assert "Please enter the correct username and password" in answer.content.decode()
    assert "Please correct" not in answer.content.decode()
