"""Reject one, approve many: what is written, what is refused, and that a refused decision changes nothing."""

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from catalog.actions.approvals import (
    RefusedTogetherError,
    approve,
    approve_many,
    is_rejected,
    keys_of_own_work,
    reject,
    withdraw_approval,
)
from catalog.actions.errors import RefusedError, StaleEntryError
from catalog.models import Approval, AuditRecord, Provider, TypeLimit
from tests.factories import SANITY, provider_document, publish, sanity, save

pytestmark = pytest.mark.django_db


def log() -> list[tuple[str, int, str, User | None, str]]:
    """Every decision, oldest first."""
    rows = Approval.objects.select_related("revision", "decided_by").order_by("pk")
    return [(row.revision.entry_key, row.revision.number, row.decision, row.decided_by, row.comment) for row in rows]


def draft(name: str, person: User) -> None:
    save("provider", {**SANITY, "display_name": name}, person, approved=False)


def newest_is_rejected() -> bool:
    newest = sanity().latest_revision
    return newest is not None and is_rejected(newest)


def test_rejecting_is_a_decision_with_a_comment_and_nothing_else(editor: User, publisher: User) -> None:
    save("provider", SANITY)
    publish()
    draft("New", editor)
    before = Provider.objects.values().get()

    reject(sanity(), number=2, by=publisher, comment="Too\ndear")

    assert log()[1:] == [("providers/cms/sanity", 2, "rejected", publisher, "Too dear")]
    assert Provider.objects.values().get() == before
    assert newest_is_rejected()
    record = AuditRecord.objects.first()
    assert record is not None
    assert (record.verb, record.by, record.object_name, record.detail) == (
        "rejected",
        publisher,
        "providers/cms/sanity",
        "Revision 2: Too dear",
    )


@pytest.mark.parametrize(("comment", "why"), [("", "Say in the comment"), (" \0\n", "Say in"), ("x" * 501, "501 char")])
def test_rejecting_needs_a_comment_that_fits(comment: str, why: str, editor: User, publisher: User) -> None:
    draft("New", editor)

    with pytest.raises(RefusedError, match=why):
        reject(sanity(), number=1, by=publisher, comment=comment)

    assert log() == []


@pytest.mark.parametrize("number", [0, 1, 3])
def test_only_the_newest_revision_can_be_rejected(number: int, editor: User, publisher: User) -> None:
    draft("One", editor)
    draft("Two", editor)

    with pytest.raises(StaleEntryError):
        reject(sanity(), number=number, by=publisher, comment="No")

    assert log() == []


def test_rejecting_twice_or_what_is_approved_is_refused(editor: User, publisher: User) -> None:
    draft("New", editor)
    reject(sanity(), number=1, by=publisher, comment="No")
    with pytest.raises(RefusedError, match="is rejected already"):
        reject(sanity(), number=1, by=publisher, comment="No")

    approve(sanity(), number=1, by=publisher, comment="After all")
    with pytest.raises(RefusedError, match="withdraw the approval instead"):
        reject(sanity(), number=1, by=publisher, comment="No")

    assert [entry[2] for entry in log()] == ["rejected", "approved"]
    assert not newest_is_rejected()


def test_entry_without_revision_cannot_be_rejected(publisher: User) -> None:
    Provider.objects.bulk_create([Provider(slug="bare", provider_type="cms", display_name="Bare", category="a")])

    with pytest.raises(RefusedError, match="has no revision to reject"):
        reject(Provider.objects.get(), number=0, by=publisher, comment="No")


def test_rejected_revision_waits_again_once_it_is_changed(editor: User, publisher: User) -> None:
    draft("New", editor)
    reject(sanity(), number=1, by=publisher, comment="No")

    draft("New", editor)
    assert newest_is_rejected()

    draft("Newer", editor)
    assert not newest_is_rejected()


def test_withdrawn_approval_of_a_rejected_revision_is_no_rejection(editor: User, publisher: User) -> None:
    draft("New", editor)
    reject(sanity(), number=1, by=publisher, comment="No")
    approve(sanity(), number=1, by=publisher)

    withdraw_approval(sanity(), by=publisher)

    assert not newest_is_rejected()


def test_unchanged_save_keeps_the_approval_and_a_change_needs_a_new_one(editor: User, publisher: User) -> None:
    draft("New", editor)
    approve(sanity(), number=1, by=publisher)

    draft("New", editor)
    assert sanity().is_approved

    draft("Newer", editor)
    assert not sanity().is_approved
    assert sanity().approved_revision_id is not None


def test_rejecting_beyond_type_limits_is_refused(editor: User, publisher: User) -> None:
    TypeLimit.objects.create(person=publisher, provider_type="ssg")
    draft("New", editor)

    with pytest.raises(RefusedError, match="You may only change"):
        reject(sanity(), number=1, by=publisher, comment="No")

    assert log() == []


def test_many_are_approved_with_one_comment(editor: User, publisher: User) -> None:
    keys = [save("provider", provider_document(slug), editor, approved=False) for slug in ("tina", "decap")]

    approve_many(dict.fromkeys(keys, 1), by=publisher, comment="All fine")

    assert log() == [(key, 1, "approved", publisher, "All fine") for key in sorted(keys)]
    assert [entry.is_approved for entry in Provider.objects.all()] == [True, True]


def test_many_are_approved_or_none_and_each_refusal_is_named(editor: User, publisher: User, settings: Settings) -> None:
    settings.REGISTRY_FOUR_EYES = True
    fine = save("provider", provider_document("fine"), editor, approved=False)
    own = save("provider", provider_document("own"), publisher, approved=False)
    changed = save("provider", provider_document("changed"), editor, approved=False)
    save("provider", provider_document("changed", display_name="Meanwhile"), editor, approved=False)
    gone = "providers/cms/gone"

    with pytest.raises(RefusedTogetherError) as refused:
        approve_many(dict.fromkeys([own, fine, gone, changed], 1), by=publisher)

    assert {key: type(error) for key, error in refused.value.refusals.items()} == {
        changed: StaleEntryError,
        gone: RefusedError,
        own: RefusedError,
    }
    assert str(refused.value).splitlines()[0] == "Nothing was approved, because 3 of 4 cannot be:"
    assert (log(), [entry.is_approved for entry in Provider.objects.all()]) == ([], [False] * 3)


def test_approving_none_is_refused(publisher: User) -> None:
    with pytest.raises(RefusedError, match="Tick at least one"):
        approve_many({}, by=publisher)


def test_own_work_is_what_four_eyes_keep_from_its_author(editor: User, publisher: User, settings: Settings) -> None:
    save("provider", provider_document("decap"), publisher, approved=False)
    draft("By the editor", editor)
    approve(sanity(), number=1, by=publisher)
    draft("By the publisher", publisher)
    entries = list(Provider.objects.select_related("approved_revision"))

    assert keys_of_own_work(entries, by=publisher) == set()
    settings.REGISTRY_FOUR_EYES = True
    assert keys_of_own_work(entries, by=publisher) == {"providers/cms/decap", "providers/cms/sanity"}
    assert keys_of_own_work(entries, by=editor) == set()
