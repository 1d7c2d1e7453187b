"""Ask for what is approved to be published, or for an earlier serial to come back.

RefusedError
├── MassChangeError        more would change at once than usual
├── NothingToPublishError  it is live already
├── PlanChangedError       it is not what the person has looked at
├── PlanProblemsError      something in it is wrong
└── PublishWaitingError    somebody has asked for it already
"""

from collections.abc import Iterable, Mapping, Sequence

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.actions.errors import RefusedError, RefusedFieldError
from catalog.actions.revisions import MAX_NOTE, one_line
from catalog.documents.canonical import sha256_hex
from catalog.models import AuditRecord, Snapshot, SnapshotChange
from catalog.models.audit import Verb
from catalog.models.snapshots import SnapshotState
from catalog.publishing.candidate import collect_changes, find_problems, live_keys
from catalog.publishing.plan import Change, EntryProblem, describe_problems, is_mass_change
from catalog.publishing.rollback import RollbackError, changes_back_to, find_serial, write_changes_back
from catalog.tasks import publish_snapshot

# (key, id of the live revision or None, id of the one that replaces it or None)
PlanStep = tuple[str, int | None, int | None]


class MassChangeError(RefusedError):
    """`touched` entries would change or go at once, more than usual; ask again with `confirm_mass_change`."""

    def __init__(self, *, touched: int, percent: int) -> None:
        self.touched = touched
        super().__init__(
            f"This changes or removes {touched} entries at once, more than {percent} % of what is live. "
            "Confirm that this is meant."
        )


class NothingToPublishError(RefusedError):
    """Readers have it already."""


class PlanChangedError(RefusedError):
    """What would be published is not what was shown to whoever asks."""


class PlanProblemsError(RefusedError):
    """`problems` keep it from being published."""

    def __init__(self, problems: Sequence[EntryProblem]) -> None:
        self.problems = list(problems)
        super().__init__(describe_problems(problems))


class PublishWaitingError(RefusedError):
    """The same is waiting or being done already."""


def plan_digest(steps: Iterable[PlanStep]) -> str:
    """The same for two plans if and only if they do the same; whoever has seen a plan names it by this."""
    return sha256_hex("\n".join(sorted(f"{key} {old} {new}" for key, old, new in steps)).encode())


def steps_of(changes: Mapping[str, Change]) -> list[PlanStep]:
    """The steps of a plan of `collect_changes`, in its order."""
    return [
        (key, change.old.revision_id if change.old else None, change.new.revision_id if change.new else None)
        for key, change in changes.items()
    ]


@transaction.atomic
def request_snapshot(
    *,
    by: User | None,
    note: str = "",
    confirm_mass_change: bool = False,
    expected_plan: str | None = None,
    in_background: bool = True,
) -> Snapshot:
    """A Snapshot that waits to be published, holding exactly what is approved now.

    `expected_plan` is the digest of the plan that was shown, None for no comparison. With `in_background` a worker is
    told after the commit; without, the caller publishes it.
    Raises MassChangeError, NothingToPublishError, PlanChangedError, PlanProblemsError, PublishWaitingError, or
    RefusedError (the note).
    """
    note = _clean_note(note)
    changes = collect_changes()
    if not changes:
        raise NothingToPublishError("There is nothing to publish: everything that is approved is live.")
    steps = steps_of(changes)
    _refuse_unseen(steps, expected_plan)
    _refuse_what_is_under_way(steps)
    percent = settings.REGISTRY_MASS_CHANGE_PERCENT
    if not confirm_mass_change and is_mass_change(changes.values(), live=len(live_keys()), percent=percent):
        raise MassChangeError(touched=sum(change.verb != "added" for change in changes.values()), percent=percent)
    problems = find_problems(changes)
    if problems:
        raise PlanProblemsError(problems)
    snapshot = _create(by=by, note=note)
    AuditRecord.objects.note(Verb.PUBLISH_REQUESTED, by=by, object_name=str(snapshot), detail=note)
    SnapshotChange.objects.bulk_create(
        (
            SnapshotChange(snapshot=snapshot, entry_key=key, old_revision_id=old, new_revision_id=new)
            for key, old, new in steps
        ),
        batch_size=500,
    )
    _poke(snapshot, in_background=in_background)
    return snapshot


@transaction.atomic
def request_rollback(
    *, serial: int, by: User | None, reason: str, expected_plan: str | None = None, in_background: bool = True
) -> Snapshot:
    """A Snapshot that waits to bring back the content of `serial` under a new, higher one.

    Drafts and approvals stay; what is newer than that content shows as unpublished again. Raises
    NothingToPublishError, PlanChangedError, PublishWaitingError, or RefusedError: no reason, no such serial.
    """
    note = _clean_reason(reason)
    try:
        find_serial(serial)
    except RollbackError as error:
        raise RefusedError(str(error)) from error
    steps = [(key, old, new) for key, (old, new) in changes_back_to(serial).items()]
    if not steps:
        raise NothingToPublishError(f"Serial {serial} has the same content as what is live.")
    _refuse_unseen(steps, expected_plan)
    if Snapshot.objects.filter(state=SnapshotState.PUBLISHING, rolled_back_to=serial).exists():
        raise PublishWaitingError(f"A rollback to serial {serial} is being done already.")
    snapshot = _create(by=by, note=note, rolled_back_to=serial)
    write_changes_back(snapshot, serial)
    AuditRecord.objects.note(Verb.ROLLBACK_REQUESTED, by=by, object_name=f"Snapshot {serial}", detail=note)
    _poke(snapshot, in_background=in_background)
    return snapshot


def find_request(plan: str, *, by: User) -> Snapshot | None:
    """The newest Snapshot that the person asked for, if it does what `plan` names and did not fail. Two queries."""
    newest = Snapshot.objects.filter(requested_by=by, rolled_back_to=None).order_by("-pk").first()
    if newest is None or newest.state == SnapshotState.FAILED:
        return None
    steps = SnapshotChange.objects.filter(snapshot=newest).order_by()
    is_same = plan == plan_digest(steps.values_list("entry_key", "old_revision_id", "new_revision_id"))
    return newest if is_same else None


def _clean_note(text: str) -> str:
    note = one_line(text)
    if len(note) > MAX_NOTE:
        raise RefusedFieldError(f"The note has {len(note):,} characters; {MAX_NOTE} are allowed.", field="note")
    return note


def _clean_reason(text: str) -> str:
    reason = one_line(text)
    if not reason:
        raise RefusedFieldError("Say why you go back; everybody sees it beside the new serial.", field="reason")
    if len(reason) > MAX_NOTE:
        raise RefusedFieldError(f"The reason has {len(reason):,} characters; {MAX_NOTE} are allowed.", field="reason")
    return reason


def _refuse_unseen(steps: Sequence[PlanStep], expected_plan: str | None) -> None:
    if expected_plan is not None and expected_plan != plan_digest(steps):
        raise PlanChangedError(
            "What would be published has changed since you looked at it, so nothing was published. "
            "Look at it again; this is how it is now."
        )


def _refuse_what_is_under_way(steps: Sequence[PlanStep]) -> None:
    """A second press of the button while a worker is at the first: it would find nothing left to do."""
    under_way = SnapshotChange.objects.filter(snapshot__state=SnapshotState.PUBLISHING)
    coming = set(under_way.values_list("entry_key", "new_revision_id"))
    if all((key, new) in coming for key, _, new in steps):
        raise PublishWaitingError("All of this is being published right now; it will be live in a moment.")


def _create(*, by: User | None, note: str, rolled_back_to: int | None = None) -> Snapshot:
    try:
        with transaction.atomic():
            return Snapshot.objects.create(
                note=note, requested_by=by, requested_at=timezone.now(), rolled_back_to=rolled_back_to
            )
    except IntegrityError as error:
        raise PublishWaitingError("A publish is waiting already; it will be done in a moment.") from error


def _poke(snapshot: Snapshot, *, in_background: bool) -> None:
    if in_background:
        # Robust: with the broker down the request stands, and the sweep picks it up.
        transaction.on_commit(lambda: publish_snapshot.delay(snapshot.pk), robust=True)
