"""Names of builders and stacks in any script stand on every page that tells of them, and as text only."""

from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.models import CatalogEntry, Snapshot, find_entry
from tests.cases import spread
from tests.catalog.admin.pages import BUILDERS, PUBLISH, SNAPSHOTS, STACKS, Browsers, page_of
from tests.factories import builder_document, publish, save, stack_document

pytestmark = pytest.mark.django_db
ATTACK = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
NAMES = ["שלום עולם", "مرحبا بالعالم", "👩‍👩‍👧‍👦 🛒", ATTACK]
LISTS = {"builder": BUILDERS, "stack": STACKS}
DOCUMENTS: dict[str, Any] = {"builder": builder_document, "stack": stack_document}
TABS = ("change", "review", "history", "usage", "preview", "lifecycle", "history/1/restore")


def make(kind: str, name: str, **more: Any) -> CatalogEntry:
    """Live under its name, in every text; a draft of it waits, and it is about to be published again."""
    editor = User.objects.get(username="editor")
    texts = {"display_name": name, "description": name, "best_for": name, **more}
    key = save(kind, DOCUMENTS[kind]("one", **texts), editor)
    publish(by=editor, note=name)
    save(kind, DOCUMENTS[kind]("one", **texts, icon="second"), editor)
    save(kind, DOCUMENTS[kind]("two", display_name=name, best_for=name), editor, approved=False)
    found = find_entry(key)
    assert found is not None
    return found


def pages_about(entry: CatalogEntry) -> list[str]:
    snapshot = Snapshot.objects.get().pk
    return [
        "/admin/", LISTS[entry.kind], PUBLISH, f"{SNAPSHOTS}{snapshot}/change/", "/admin/approvals/",
        "/admin/catalog/activity/", *(page_of(entry, tab) for tab in TABS),
    ]  # fmt: skip


@pytest.mark.parametrize("name", spread(NAMES, fast=2), ids=["hebrew", "arabic", "emoji", "attack"])
@pytest.mark.parametrize("kind", LISTS)
def test_name_stands_on_every_page_as_text(kind: str, name: str, browsers: Browsers) -> None:
    entry = make(kind, name)
    client = browsers["administrator"]

    answers = {page: client.get(page) for page in pages_about(entry)}
    contents = {page: answer.content.decode() for page, answer in answers.items()}

    assert {page: answer.status_code for page, answer in answers.items()} == dict.fromkeys(answers, 200)
    assert [page for page, content in contents.items() if name not in unescape(content)] == []
    assert [
        page for page, content in contents.items() if "<script>alert(1)" in content or "<img src=x" in content
    ] == []


@pytest.mark.parametrize("kind", LISTS)
def test_attack_in_the_reason_of_a_lifecycle_is_text(kind: str, browsers: Browsers) -> None:
    lifecycle = {"since": "2026-01-01", "reason": ATTACK}
    entry = make(kind, ATTACK, lifecycle={**lifecycle, "state": "deprecated"})
    save(kind, DOCUMENTS[kind]("gone", display_name=ATTACK, lifecycle={**lifecycle, "state": "removed"}))
    client = browsers["administrator"]

    pages = [*pages_about(entry), "/admin/catalog/removed/", f"{LISTS[kind]}?lifecycle_state=all"]
    answers = {page: client.get(page) for page in pages}
    contents = {page: answer.content.decode() for page, answer in answers.items()}

    assert {answer.status_code for answer in answers.values()} == {200}
    assert [
        page for page, content in contents.items() if "<script>alert(1)" in content or "<img src=x" in content
    ] == []
    shown = [page_of(entry, "lifecycle"), "/admin/catalog/removed/"]
    assert [contents[page].count("&lt;script&gt;alert(1)") > 1 for page in shown] == [True, True]
