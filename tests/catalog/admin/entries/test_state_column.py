"""The state of each entry as badges in the three lists."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.actions.approvals import reject
from catalog.models import find_entry
from tests.catalog.admin.pages import BUILDERS, PROVIDERS, STACKS, Browsers
from tests.factories import builder_document, provider_document, publish, save, stack_document

pytestmark = pytest.mark.django_db
LISTS: dict[str, tuple[str, Callable[..., dict[str, Any]]]] = {
    "provider": (PROVIDERS, provider_document),
    "builder": (BUILDERS, builder_document),
    "stack": (STACKS, stack_document),
}
# Name of the entry -> its badges, as (tone, words).
BADGES = {
    "Draft": [("warn", "Draft")],
    "Rejected": [("bad", "Rejected")],
    "Approved": [("note", "Approved")],
    "Live": [("good", "Live")],
    "Behind-Draft": [("warn", "Behind"), ("warn", "Draft")],
    "Behind-Approved": [("warn", "Behind"), ("note", "Approved")],
    "Deprecated": [("good", "Live"), ("warn", "Deprecated")],
    "Disabled": [("good", "Live"), ("bad", "Disabled")],
    "Removed": [("good", "Live"), ("bad", "Removed")],
}


class StateCells(HTMLParser):
    """`found`: text of the cell of the name -> (tone, words, whether it has a meaning) in the cell of the state."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, list[tuple[str, str]]] = {}
        self._name, self._cell, self._tone = "", "", ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("td", "th"):
            self._cell = given.get("class", "")
        badge = re.fullmatch(r"rg-badge rg-badge--(\w+)", given.get("class", ""))
        self._tone = badge[1] if badge and given.get("title") else ""

    def handle_data(self, data: str) -> None:
        if "field-shown_name" in self._cell and data.strip():
            self._name = data.strip()
            self.found[self._name] = []
        elif "field-state" in self._cell and self._tone and data.strip():
            self.found[self._name].append((self._tone, data.strip()))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._cell = ""


@pytest.mark.parametrize("kind", LISTS)
def test_state_column_shows_every_badge(kind: str, browsers: Browsers) -> None:
    address, document = LISTS[kind]
    person = User.objects.get(username="editor")
    for slug in ("live", "behind-draft", "behind-approved"):
        save(kind, document(slug))
    for state in ("deprecated", "disabled", "removed"):
        save(kind, document(state, lifecycle={"state": state, "since": "2026-01-01", "reason": "Old"}))
    publish()
    for slug in ("draft", "rejected", "approved"):
        save(kind, document(slug), person, approved=slug == "approved")
    for slug in ("behind-draft", "behind-approved"):
        save(kind, document(slug, icon="new"), person, approved=slug == "behind-approved")
    rejected = find_entry(save(kind, document("rejected"), person, approved=False))
    assert rejected is not None
    reject(rejected, number=1, by=person, comment="No")

    page = browsers["editor"].get(address, {"lifecycle_state": "all"}).content.decode()

    assert StateCells(page).found == BADGES
