"""What the pages of the admin leave in the audit log: each deed under its own verb, by whom, with its reason."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from catalog.models import AuditRecord, Snapshot, find_entry
from catalog.publishing.publish import run_publish
from registry_site.env import StoreAddress
from tests.catalog.admin.pages import BUILDERS, PROVIDERS, SNAPSHOTS, STACKS, Browsers, errors, page_of, send
from tests.catalog.admin.plans import ask
from tests.factories import SANITY, outlet, publish, sanity, save

pytestmark = pytest.mark.django_db
Row = tuple[str, str, str, str]
NEW: dict[str, dict[str, Any]] = {
    PROVIDERS: {"provider_type": "cms", "category": "a", "cms_type": "hybrid"},
    BUILDERS: {"category": "generic", "backend": "new@1"},
    STACKS: {"category": "foundation"},
}
KEYS = {PROVIDERS: "providers/cms/new", BUILDERS: "builders/new", STACKS: "stacks/foundation/new"}


def noted(before: int = 0) -> list[Row]:
    """(verb, who, object, detail) of the deeds after the first `before`, oldest first."""
    records: QuerySet[AuditRecord] = AuditRecord.objects.exclude(verb__startswith="sign").order_by("pk")[before:]
    return [(each.verb, str(each.by), each.object_name, each.detail) for each in records]


@pytest.mark.parametrize("page", KEYS)
def test_first_save_is_noted_as_created_and_the_next_as_edited(page: str, by_role: Browsers) -> None:
    given = {"slug": "new", "display_name": "New", "change_note": "Begin", **NEW[page]}
    added = send(by_role["Editor"], f"{page}add/", **given)
    entry = find_entry(KEYS[page])
    assert entry is not None
    form = page_of(entry)
    changed = send(by_role["Superuser"], form, display_name="Newer", change_note="Go on")
    same = send(by_role["Superuser"], form, change_note="Nothing")

    assert [errors(answer) for answer in (added, changed, same)] == [{}, {}, {}]
    assert noted() == [
        ("created", "Editor", KEYS[page], "Revision 1: Begin"),
        ("edited", "Superuser", KEYS[page], "Revision 2: Go on"),
    ]


def test_decisions_are_noted_with_their_comments(by_role: Browsers) -> None:
    save("provider", SANITY, User.objects.get(username="Editor"), approved=False)
    before, page = len(noted()), page_of(sanity(), "review")

    for sent in (
        {"decision": "approve", "number": "1", "comment": "Good"},
        {"decision": "withdraw", "comment": "Too early"},
        {"decision": "reject", "number": "1", "comment": "No price"},
    ):
        by_role["Approver"].post(page, sent)

    found = [(verb, who, name, comment in detail) for (verb, who, name, detail), comment in zip(
        noted(before), ("Good", "Too early", "No price"), strict=True)]  # fmt: skip
    assert found == [
        ("approved", "Approver", "providers/cms/sanity", True),
        ("withdrawn", "Approver", "providers/cms/sanity", True),
        ("rejected", "Approver", "providers/cms/sanity", True),
    ]


def test_publish_that_fails_is_noted_with_the_reason(by_role: Browsers, settings: Settings, tmp_path: Path) -> None:
    save("provider", SANITY)
    publish()
    save("provider", {**SANITY, "icon": "new"})
    before = len(noted())
    ask(by_role["Publisher"], note="Icon", typed="1")
    snapshot = Snapshot.objects.get(state="pending")
    settings.REGISTRY_STORE = StoreAddress(folder=tmp_path / "other")

    run_publish(snapshot.pk, outlet=outlet())

    snapshot.refresh_from_db()
    assert snapshot.failure_reason.startswith(f"The store {tmp_path / 'other'} is at serial 0, this database at 1")
    assert noted(before) == [
        ("publish_requested", "Publisher", f"Snapshot request {snapshot.pk}", "Icon"),
        ("publish_failed", "Publisher", f"Snapshot request {snapshot.pk}", snapshot.failure_reason),
    ]
    shown = by_role["Viewer"].get("/admin/catalog/activity/", {"verb": "publish_failed"}).content.decode()
    assert snapshot.failure_reason in shown


def test_publish_and_roll_back_are_noted_with_their_reasons(
    by_role: Browsers, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    save("provider", SANITY)
    first = publish()
    save("provider", {**SANITY, "icon": "new"})
    before = len(noted())

    with django_capture_on_commit_callbacks(execute=True):
        ask(by_role["Publisher"], note="Icon", typed="1")
    with django_capture_on_commit_callbacks(execute=True):
        ask(by_role["Publisher"], f"{SNAPSHOTS}{first.pk}/roll-back/", reason="Wrong icon")

    requested = Snapshot.objects.get(serial=2)
    assert noted(before) == [
        ("publish_requested", "Publisher", f"Snapshot request {requested.pk}", "Icon"),
        ("published", "Publisher", "Snapshot 2", "Icon"),
        ("rollback_requested", "Publisher", "Snapshot 1", "Wrong icon"),
        ("published", "Publisher", "Snapshot 3", "Wrong icon"),
    ]
