"""Ask for what is approved to be published, or for an earlier serial to come back."""

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.actions.errors import RefusedError
from catalog.actions.revisions import MAX_NOTE, clean_note, one_line
from catalog.models import AuditRecord, Snapshot, SnapshotChange
from catalog.models.audit import Verb
from catalog.publishing.candidate import collect_changes, find_problems, live_keys
from catalog.publishing.plan import describe_problems, is_mass_change
from catalog.publishing.rollback import RollbackError, changes_back_to, find_serial, write_changes_back
from catalog.tasks import publish_snapshot


class MassChangeError(RefusedError):
    """More of the catalogue would change at once than usual; ask again with `confirm_mass_change`."""


@transaction.atomic
def request_snapshot(
    *, by: User | None, note: str = "", confirm_mass_change: bool = False, in_background: bool = True
) -> Snapshot:
    """A Snapshot that waits to be published, holding exactly what is approved now.

    With `in_background` a worker is told after the commit; without, the caller publishes it.
    Raises MassChangeError, or RefusedError: nothing to publish, something is wrong with it, another request waits.
    """
    note = one_line(note)
    if len(note) > MAX_NOTE:
        raise RefusedError(f"The note has {len(note):,} characters; {MAX_NOTE} are allowed.")
    changes = collect_changes()
    if not changes:
        raise RefusedError("There is nothing to publish: everything that is approved is live.")
    problems = find_problems(changes)
    if problems:
        raise RefusedError(describe_problems(problems))
    percent = settings.REGISTRY_MASS_CHANGE_PERCENT
    if not confirm_mass_change and is_mass_change(changes.values(), live=len(live_keys()), percent=percent):
        touched = sum(change.verb != "added" for change in changes.values())
        raise MassChangeError(
            f"This changes or removes {touched} entries at once, more than {percent} % of what is live. "
            "Confirm that this is meant."
        )
    snapshot = _create(by=by, note=note)
    AuditRecord.objects.note(Verb.PUBLISH_REQUESTED, by=by, object_name=str(snapshot), detail=note)
    SnapshotChange.objects.bulk_create(
        (
            SnapshotChange(
                snapshot=snapshot,
                entry_key=key,
                old_revision_id=change.old.revision_id if change.old else None,
                new_revision_id=change.new.revision_id if change.new else None,
            )
            for key, change in changes.items()
        ),
        batch_size=500,
    )
    _poke(snapshot, in_background=in_background)
    return snapshot


@transaction.atomic
def request_rollback(*, serial: int, by: User | None, reason: str, in_background: bool = True) -> Snapshot:
    """A Snapshot that waits to bring back the content of `serial` under a new, higher one.

    Drafts and approvals stay; what is newer than that content shows as unpublished again. Raises RefusedError: no
    reason, a serial that is not there, nothing would change, another request waits.
    """
    note = clean_note(reason)
    try:
        find_serial(serial)
    except RollbackError as error:
        raise RefusedError(str(error)) from error
    if not changes_back_to(serial):
        raise RefusedError(f"Serial {serial} has the same content as what is live.")
    snapshot = _create(by=by, note=note, rolled_back_to=serial)
    write_changes_back(snapshot, serial)
    AuditRecord.objects.note(Verb.ROLLBACK_REQUESTED, by=by, object_name=f"Snapshot {serial}", detail=note)
    _poke(snapshot, in_background=in_background)
    return snapshot


def _create(*, by: User | None, note: str, rolled_back_to: int | None = None) -> Snapshot:
    try:
        with transaction.atomic():
            return Snapshot.objects.create(
                note=note, requested_by=by, requested_at=timezone.now(), rolled_back_to=rolled_back_to
            )
    except IntegrityError as error:
        raise RefusedError("A publish is waiting already; it will be done in a moment.") from error


def _poke(snapshot: Snapshot, *, in_background: bool) -> None:
    if in_background:
        # Robust: with the broker down the request stands, and the sweep picks it up.
        transaction.on_commit(lambda: publish_snapshot.delay(snapshot.pk), robust=True)
