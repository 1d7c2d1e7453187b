"""Ask for a publish: what is refused, what is recorded, and that the request survives a broker that is down."""

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoCaptureOnCommitCallbacks

from catalog.actions.errors import RefusedError
from catalog.actions.snapshots import (
    PlanChangedError,
    PlanProblemsError,
    PublishWaitingError,
    plan_digest,
    request_rollback,
    request_snapshot,
    steps_of,
)
from catalog.models import Snapshot, SnapshotChange
from catalog.publishing.candidate import collect_changes
from catalog.publishing.stores.configured import open_store
from catalog.tasks import publish_snapshot
from tests.factories import SANITY, provider_document, publish, sanity, save, stack_document

pytestmark = pytest.mark.django_db


def changes(snapshot: Snapshot) -> list[tuple[str, int | None, int | None]]:
    return list(snapshot.changes.values_list("entry_key", "old_revision__number", "new_revision__number"))


def test_request_records_exactly_what_is_approved(editor: User, publisher: User) -> None:
    save("provider", SANITY)
    save("provider", provider_document("decap"))
    publish()
    save("provider", {**SANITY, "display_name": "Approved"})
    save("provider", {**SANITY, "display_name": "Half-finished"}, editor, approved=False)
    save("provider", provider_document("tina"), editor, approved=False)
    save("provider", provider_document("new"))

    snapshot = request_snapshot(by=publisher, note=" New\nprices ", in_background=False)

    snapshot.refresh_from_db()
    assert changes(snapshot) == [("providers/cms/new", None, 1), ("providers/cms/sanity", 1, 2)]
    assert (snapshot.state, snapshot.requested_by, snapshot.note) == ("pending", publisher, "New prices")
    assert (snapshot.serial, snapshot.path, snapshot.started_at) == (None, "", None)


def test_request_with_nothing_approved_is_refused(editor: User, publisher: User) -> None:
    save("provider", SANITY, editor, approved=False)

    with pytest.raises(RefusedError, match="There is nothing to publish"):
        request_snapshot(by=publisher)

    assert Snapshot.objects.count() == 0


def test_request_right_after_a_publish_is_refused(publisher: User) -> None:
    save("provider", SANITY)
    publish()

    with pytest.raises(RefusedError, match="There is nothing to publish"):
        request_snapshot(by=publisher)

    assert Snapshot.objects.count() == 1


def test_request_with_problems_lists_them_and_records_nothing(editor: User, publisher: User) -> None:
    save("provider", SANITY, editor, approved=False)
    save("stack", stack_document("one", providers={"cms": ["sanity"]}))
    save("stack", stack_document("two", providers={"cms": ["sanity"]}))

    with pytest.raises(PlanProblemsError) as refused:
        request_snapshot(by=publisher)

    assert [problem.key for problem in refused.value.problems] == ["stacks/foundation/one", "stacks/foundation/two"]
    missing = "/providers/cms/0: providers/cms/sanity is not published and not part of this publish."
    assert str(refused.value).splitlines()[1:] == [
        f"stacks/foundation/one {missing}",
        f"stacks/foundation/two {missing}",
    ]
    assert (Snapshot.objects.count(), SnapshotChange.objects.count()) == (0, 0)


def test_second_request_is_refused_while_one_waits(publisher: User) -> None:
    save("provider", SANITY)
    request_snapshot(by=publisher, in_background=False)

    with pytest.raises(PublishWaitingError, match="A publish is waiting already"):
        request_snapshot(by=publisher)

    assert Snapshot.objects.get().changes.count() == 1


@pytest.mark.parametrize(("note", "kept"), [("x" * 500, "x" * 500), ("a\0b", "a b"), ("", "")])
def test_note_is_kept_in_one_line(note: str, kept: str, publisher: User) -> None:
    save("provider", SANITY)

    request_snapshot(by=publisher, note=note, in_background=False)

    assert Snapshot.objects.get().note == kept


def test_note_that_is_too_long_is_refused(publisher: User) -> None:
    save("provider", SANITY)

    with pytest.raises(RefusedError, match="501 characters"):
        request_snapshot(by=publisher, note="x" * 501)

    assert Snapshot.objects.count() == 0


def test_worker_is_told_after_the_commit_and_not_before(
    publisher: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    save("provider", SANITY)

    with django_capture_on_commit_callbacks() as callbacks:
        snapshot = request_snapshot(by=publisher)
    assert (len(callbacks), Snapshot.objects.get().state) == (1, "pending")

    callbacks[0]()

    snapshot.refresh_from_db()
    assert (snapshot.state, snapshot.serial) == ("live", 1)
    assert open_store().get("providers/cms/sanity.json") is not None
    assert sanity().is_live


def test_request_in_the_foreground_tells_nobody(
    publisher: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    save("provider", SANITY)

    with django_capture_on_commit_callbacks() as callbacks:
        request_snapshot(by=publisher, in_background=False)

    assert callbacks == []


def test_message_that_comes_twice_changes_nothing(publisher: User) -> None:
    save("provider", SANITY)
    snapshot = request_snapshot(by=publisher, in_background=False)
    publish_snapshot(snapshot.pk)
    before = Snapshot.objects.values().get()

    publish_snapshot(snapshot.pk)

    assert Snapshot.objects.values().get() == before


def test_digest_names_what_a_plan_does_and_nothing_else() -> None:
    steps = [("a", None, 1), ("b", 1, None)]

    assert plan_digest(steps) == plan_digest(reversed(steps))
    others = [[], steps[:1], [("a", None, 2), steps[1]], [("a", 1, None), ("b", None, 1)]]
    assert len({plan_digest(each) for each in [steps, *others]}) == 5


def test_plan_that_was_shown_is_published_and_no_other(publisher: User) -> None:
    save("provider", SANITY)
    shown = plan_digest(steps_of(collect_changes()))
    save("provider", {**SANITY, "display_name": "Approved meanwhile"})

    with pytest.raises(PlanChangedError, match="has changed since you looked"):
        request_snapshot(by=publisher, expected_plan=shown)
    assert Snapshot.objects.count() == 0

    request_snapshot(by=publisher, expected_plan=plan_digest(steps_of(collect_changes())), in_background=False)
    assert Snapshot.objects.count() == 1


def test_same_again_is_refused_while_a_worker_is_at_it_and_more_is_not(publisher: User) -> None:
    save("provider", SANITY)
    snapshot = request_snapshot(by=publisher, in_background=False)
    Snapshot.objects.filter(pk=snapshot.pk).update(state="publishing", beat_at="2030-01-01T00:00:00Z")

    with pytest.raises(PublishWaitingError, match="All of this is being published right now"):
        request_snapshot(by=publisher)

    save("provider", provider_document("decap"))
    assert request_snapshot(by=publisher, in_background=False).changes.count() == 2


def test_rollback_is_bound_to_its_plan_too(publisher: User) -> None:
    save("provider", SANITY)
    publish()
    save("provider", {**SANITY, "display_name": "Newer"})
    publish()

    with pytest.raises(PlanChangedError):
        request_rollback(serial=1, by=publisher, reason="Wrong", expected_plan="something else")

    assert Snapshot.objects.count() == 2
