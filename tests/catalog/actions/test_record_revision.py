"""History: what a save records, and what it does not."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.actions.entries import save_entry
from catalog.actions.errors import InvalidDocumentError, RefusedError, StaleEntryError
from catalog.actions.revisions import MAX_NOTE, Change, clean_note, lock_entry, record_revision
from catalog.documents.canonical import canonical_bytes, sha256_hex
from catalog.models import Provider, Revision
from catalog.models.history import RevisionSource
from tests.factories import SANITY, change_by, provider_document, sanity, save

pytestmark = pytest.mark.django_db


def test_first_save_records_revision_one_with_everything_about_it(editor: User) -> None:
    change = Change(by=editor, note="From the price list", source=RevisionSource.API, request_id="req-12345678")

    revision = save_entry("provider", SANITY, change)

    assert revision is not None
    revision.refresh_from_db()
    content = canonical_bytes(SANITY)
    assert (revision.entry_key, revision.number, revision.source) == ("providers/cms/sanity", 1, "api")
    assert (revision.author, revision.change_note, revision.request_id) == (
        editor,
        "From the price list",
        "req-12345678",
    )
    assert (revision.canonical.encode(), revision.sha256) == (content, sha256_hex(content))
    assert (revision.size_bytes, revision.schema_version) == (len(content), "1.0.0")
    assert (revision.lifecycle, revision.category) == ("active", "cms")
    assert timezone.now() - revision.created_at < timedelta(minutes=1)
    assert (sanity().latest_revision, sanity().approved_revision, sanity().live_revision) == (revision, None, None)


def test_save_without_change_records_nothing_and_keeps_the_approval(editor: User) -> None:
    save("provider", SANITY)

    assert save_entry("provider", SANITY, change_by(editor)) is None

    assert [revision.number for revision in Revision.objects.all()] == [1]
    assert sanity().is_approved


def test_change_keeps_the_old_approval_and_waits_for_a_new_one(editor: User) -> None:
    save("provider", SANITY)

    save("provider", {**SANITY, "display_name": "Sanity"}, editor, approved=False)

    entry = sanity()
    assert entry.latest_revision is not None
    assert entry.approved_revision is not None
    assert (entry.latest_revision.number, entry.approved_revision.number) == (2, 1)
    assert not entry.is_approved


def test_change_and_change_back_are_two_revisions(editor: User) -> None:
    for name in ("A", "B", "A"):
        save("provider", {**SANITY, "display_name": name}, editor, approved=False)

    revisions = list(Revision.objects.order_by("number"))
    assert [revision.number for revision in revisions] == [1, 2, 3]
    assert revisions[0].sha256 == revisions[2].sha256 != revisions[1].sha256


def test_numbers_are_counted_for_each_entry(editor: User) -> None:
    save("provider", SANITY, editor, approved=False)
    save("provider", provider_document("decap"), editor, approved=False)

    assert set(Revision.objects.values_list("entry_key", "number")) == {
        ("providers/cms/sanity", 1),
        ("providers/cms/decap", 1),
    }


@pytest.mark.parametrize(
    "document",
    [
        {**SANITY, "display_name": ""},
        {**SANITY, "config_schema": {"default": float("nan")}},
        {**SANITY, "config_schema": {"default": 2**53 + 1}},
        {**SANITY, "config_schema": {"title": "\0"}},
        {**SANITY, "config_schema": {"title": "\ud800"}},
        {**SANITY, "display_name": "\ud800"},
        {**SANITY, "monthly_cost_range": [66.0, 65.0]},
        {**SANITY, "incompatible_builders": ["nowhere"]},
        {**SANITY, "provider_type": "dns"},
        None,
    ],
    ids=range(10),
)
def test_invalid_document_is_refused_and_nothing_is_written(document: Any, editor: User) -> None:
    save("provider", SANITY)
    before = Provider.objects.values().get()

    with pytest.raises(InvalidDocumentError):
        save_entry("provider", document, change_by(editor))

    assert Provider.objects.values().get() == before
    assert Revision.objects.count() == 1


def test_invalid_row_is_refused_and_rolled_back(editor: User) -> None:
    save("provider", SANITY)
    entry = sanity()
    entry.icon = "Not An Icon"

    @transaction.atomic
    def save_and_record() -> None:
        entry.save()
        record_revision(entry, change_by(editor))

    with pytest.raises(InvalidDocumentError) as refused:
        save_and_record()

    assert [(problem.path, problem.code) for problem in refused.value.problems] == [("/icon", "pattern")]
    assert "/icon" in str(refused.value)
    assert sanity().icon == ""
    assert Revision.objects.count() == 1


@pytest.mark.parametrize("columns", [{"slug": "sanity-io"}, {"provider_type": "source", "cms_type": ""}])
def test_key_never_changes(columns: dict[str, str], editor: User) -> None:
    save("provider", SANITY)
    Provider.objects.update(backend="git@1", **columns)

    with pytest.raises(RefusedError, match="keeps its path for good"):
        record_revision(Provider.objects.get(), change_by(editor))

    assert Revision.objects.count() == 1


def test_lifecycle_and_shop_type_are_repeated_beside_the_document(editor: User) -> None:
    lifecycle = {"state": "removed", "since": "2024-01-01", "reason": "Gone"}
    save("provider", {**SANITY, "lifecycle": lifecycle}, editor, approved=False)

    revision = Revision.objects.get()

    assert (revision.lifecycle, revision.category) == ("removed", "cms")
    assert revision.document["lifecycle"] == lifecycle


@pytest.mark.parametrize("expected", [0, 1, 3, -1])
def test_save_on_another_revision_than_the_newest_is_refused(expected: int, editor: User) -> None:
    save("provider", SANITY, editor, approved=False)
    save("provider", {**SANITY, "display_name": "Theirs"}, editor, approved=False)

    mine = {**SANITY, "display_name": "Mine"}

    with pytest.raises(StaleEntryError) as refused:
        save_entry("provider", mine, change_by(editor), expected_revision=expected)

    assert (refused.value.expected, refused.value.found) == (expected, 2)
    assert sanity().display_name == "Theirs"


def test_save_on_the_newest_revision_is_accepted(editor: User) -> None:
    assert save_entry("provider", SANITY, change_by(editor), expected_revision=0) is not None

    revision = save_entry("provider", {**SANITY, "icon": "s"}, change_by(editor), expected_revision=1)

    assert revision is not None
    assert revision.number == 2


def test_save_of_an_entry_that_does_not_exist_any_number_is_refused(editor: User) -> None:
    with pytest.raises(RefusedError, match="There is no entry providers/cms/sanity"):
        save_entry("provider", SANITY, change_by(editor), expected_revision=1)


def test_lock_entry_returns_the_row_as_it_is_now(editor: User) -> None:
    save("provider", SANITY)
    before = sanity()
    save("provider", {**SANITY, "display_name": "New"}, editor, approved=False)

    assert lock_entry(before, expected_revision=2).display_name == "New"
    with pytest.raises(StaleEntryError):
        lock_entry(before, expected_revision=1)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Because", "Because"),
        ("  two\nlines\tand more ", "two lines and more"),
        ("nul\0 escape\x1b[31m", "nul escape [31m"),
        ("half \ud800 a pair", "half a pair"),
        ("x" * MAX_NOTE, "x" * MAX_NOTE),
        ("漢字 & <b>", "漢字 & <b>"),
    ],
)
def test_note_is_kept_in_one_line(typed: str, kept: str, editor: User) -> None:
    save_entry("provider", SANITY, change_by(editor, typed))

    assert Revision.objects.get().change_note == kept


@pytest.mark.parametrize("note", ["", "  \n ", "\0", "x" * (MAX_NOTE + 1), "x" * 1_000_000])
def test_missing_or_long_note_is_refused_and_nothing_is_written(note: str, editor: User) -> None:
    with pytest.raises(RefusedError):
        save_entry("provider", SANITY, change_by(editor, note))
    with pytest.raises(RefusedError):
        clean_note(note)

    assert (Provider.objects.count(), Revision.objects.count()) == (0, 0)


def test_recording_costs_the_same_whatever_the_history(editor: User) -> None:
    counts = []
    for number in range(6):
        save("provider", {**SANITY, "display_name": f"Sanity {number}"}, editor, approved=False)
        Provider.objects.update(display_name=f"Changed {number}")
        entry = sanity()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            record_revision(entry, change_by(editor))
        counts.append(len(queries))

    assert counts == [counts[0]] * 6
    assert counts[0] <= 12
