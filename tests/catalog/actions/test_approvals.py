"""Approve and withdraw: the newest revision only, four eyes, and a log of each decision."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from catalog.actions.approvals import approve, withdraw_approval
from catalog.actions.entries import save_entry
from catalog.actions.errors import RefusedError, StaleEntryError
from catalog.actions.revisions import Change
from catalog.models import Approval, Provider
from catalog.models.history import RevisionSource
from tests.factories import SANITY, change_by, publish, sanity, save

pytestmark = pytest.mark.django_db


def log() -> list[tuple[int, str, User | None, str]]:
    """Every decision, oldest first."""
    rows = Approval.objects.select_related("revision", "decided_by").order_by("pk")
    return [(row.revision.number, row.decision, row.decided_by, row.comment) for row in rows]


def rename(name: str, person: User) -> None:
    save("provider", {**SANITY, "display_name": name}, person, approved=False)


def numbers(entry: Provider) -> tuple[int | None, int | None]:
    """Approved and live."""
    approved, live = entry.approved_revision, entry.live_revision
    return (approved.number if approved else None, live.number if live else None)


def test_approving_the_newest_revision_makes_it_publishable(editor: User, publisher: User) -> None:
    rename("New", editor)
    entry = sanity()

    approve(entry, number=1, by=publisher, comment="Prices\nare right")

    assert log() == [(1, "approved", publisher, "Prices are right")]
    assert timezone.now() - Approval.objects.get().decided_at < timedelta(minutes=1)
    assert (numbers(entry), numbers(sanity())) == ((1, None), (1, None))
    assert sanity().is_approved


@pytest.mark.parametrize("number", [0, 1, 3])
def test_only_the_newest_revision_can_be_approved(number: int, editor: User, publisher: User) -> None:
    rename("One", editor)
    rename("Two", editor)

    with pytest.raises(StaleEntryError):
        approve(sanity(), number=number, by=publisher)

    assert (log(), numbers(sanity())) == ([], (None, None))


def test_approving_twice_is_refused(editor: User, publisher: User) -> None:
    rename("New", editor)
    approve(sanity(), number=1, by=publisher)

    with pytest.raises(RefusedError, match="is approved already"):
        approve(sanity(), number=1, by=publisher)

    assert len(log()) == 1


def test_entry_without_revision_cannot_be_approved(publisher: User) -> None:
    Provider.objects.bulk_create([Provider(slug="bare", provider_type="cms", display_name="Bare", category="a")])

    with pytest.raises(RefusedError, match="has no revision to approve"):
        approve(Provider.objects.get(), number=0, by=publisher)

    assert log() == []


@pytest.mark.parametrize("source", [RevisionSource.COMMAND, RevisionSource.API])
def test_nobody_can_approve_starter_content_only(source: RevisionSource, editor: User) -> None:
    save_entry("provider", SANITY, Change(by=editor, note="Because", source=source))

    with pytest.raises(RefusedError, match="Only a person"):
        approve(sanity(), number=1, by=None)

    assert log() == []


def test_comment_that_is_too_long_is_refused(editor: User, publisher: User) -> None:
    rename("New", editor)

    with pytest.raises(RefusedError, match="501 characters"):
        approve(sanity(), number=1, by=publisher, comment="x" * 501)

    assert (log(), numbers(sanity())) == ([], (None, None))


def test_author_may_approve_own_work_unless_four_eyes_are_asked_for(editor: User, settings: Settings) -> None:
    rename("New", editor)
    settings.REGISTRY_FOUR_EYES = True

    with pytest.raises(RefusedError, match="somebody else must approve it"):
        approve(sanity(), number=1, by=editor)
    assert log() == []

    settings.REGISTRY_FOUR_EYES = False
    approve(sanity(), number=1, by=editor)
    assert log() == [(1, "approved", editor, "")]


def test_four_eyes_count_the_unapproved_revisions_in_between(editor: User, publisher: User, settings: Settings) -> None:
    settings.REGISTRY_FOUR_EYES = True
    third = User.objects.create_user("third")
    rename("By the publisher, unseen", publisher)
    rename("By the editor, on top of it", editor)

    for author in (editor, publisher):
        with pytest.raises(RefusedError, match="somebody else must approve it"):
            approve(sanity(), number=2, by=author)
    assert (log(), numbers(sanity())) == ([], (None, None))

    approve(sanity(), number=2, by=third)
    assert log() == [(2, "approved", third, "")]


def test_four_eyes_do_not_count_what_was_approved_before(editor: User, publisher: User, settings: Settings) -> None:
    settings.REGISTRY_FOUR_EYES = True
    rename("By the publisher", publisher)
    approve(sanity(), number=1, by=editor)
    rename("By the editor", editor)

    approve(sanity(), number=2, by=publisher)

    assert [entry[:3] for entry in log()] == [(1, "approved", editor), (2, "approved", publisher)]


def test_four_eyes_let_the_starter_catalogue_in(settings: Settings) -> None:
    settings.REGISTRY_FOUR_EYES = True

    save("provider", SANITY)

    assert log() == [(1, "approved", None, "")]


def test_withdrawing_before_the_first_publish_leaves_nothing_approved(publisher: User) -> None:
    save("provider", SANITY)
    entry = sanity()

    withdraw_approval(entry, by=publisher, comment="Too early")

    assert log() == [(1, "approved", None, ""), (1, "withdrawn", publisher, "Too early")]
    assert (numbers(entry), numbers(sanity())) == ((None, None), (None, None))


def test_withdrawing_goes_back_to_what_is_live(editor: User, publisher: User) -> None:
    save("provider", SANITY)
    publish()
    rename("New", editor)
    approve(sanity(), number=2, by=publisher)

    withdraw_approval(sanity(), by=publisher)

    assert numbers(sanity()) == (1, 1)
    assert log()[-1] == (2, "withdrawn", publisher, "")


def test_withdrawn_revision_can_be_approved_again(publisher: User) -> None:
    save("provider", SANITY)
    withdraw_approval(sanity(), by=publisher)

    approve(sanity(), number=1, by=publisher)

    assert [entry[1] for entry in log()] == ["approved", "withdrawn", "approved"]
    assert sanity().is_approved


def test_what_is_live_cannot_be_withdrawn(publisher: User) -> None:
    save("provider", SANITY)
    publish()

    with pytest.raises(RefusedError, match="is live"):
        withdraw_approval(sanity(), by=publisher)

    assert (len(log()), numbers(sanity())) == (1, (1, 1))


def test_what_is_not_approved_cannot_be_withdrawn(editor: User, publisher: User) -> None:
    rename("New", editor)

    with pytest.raises(RefusedError, match="has no approval to withdraw"):
        withdraw_approval(sanity(), by=publisher)

    assert log() == []


def test_approval_of_a_document_that_is_not_valid_any_more_is_refused(editor: User, publisher: User) -> None:
    change = change_by(editor)
    revision = save_entry("provider", SANITY, change)
    assert revision is not None
    fields = {f.attname: getattr(revision, f.attname) for f in revision._meta.fields if f.name != "id"}
    broken = type(revision)(**{**fields, "number": 2, "canonical": revision.canonical.replace("cms_tier", "CMS Tier")})
    broken.save()
    Provider.objects.update(latest_revision=broken)

    with pytest.raises(RefusedError, match="/category"):
        approve(sanity(), number=2, by=publisher)

    assert log() == []
