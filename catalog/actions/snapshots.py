"""Ask for what is approved to be published."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.actions.errors import ActionRefused
from catalog.actions.revisions import MAX_NOTE, one_line
from catalog.models import Snapshot, SnapshotChange
from catalog.publishing.candidate import collect_changes, find_problems
from catalog.publishing.plan import describe_problems
from catalog.tasks import publish_snapshot


@transaction.atomic
def request_snapshot(*, by: User | None, note: str = "", in_background: bool = True) -> Snapshot:
    """A Snapshot that waits to be published, holding exactly what is approved now.

    With `in_background` a worker is told after the commit; without, the caller publishes it.
    Raises ActionRefused: nothing to publish, something is wrong with it, or another request waits.
    """
    note = one_line(note)
    if len(note) > MAX_NOTE:
        raise ActionRefused(f"The note has {len(note):,} characters; {MAX_NOTE} are allowed.")
    changes = collect_changes()
    if not changes:
        raise ActionRefused("There is nothing to publish: everything that is approved is live.")
    problems = find_problems(changes)
    if problems:
        raise ActionRefused(describe_problems(problems))
    try:
        with transaction.atomic():
            snapshot = Snapshot.objects.create(
                note=note, requested_by_id=by.pk if by else None, requested_at=timezone.now()
            )
    except IntegrityError as error:
        raise ActionRefused("A publish is waiting already; it will be done in a moment.") from error
    SnapshotChange.objects.bulk_create(
        (
            SnapshotChange(
                snapshot=snapshot,
                entry_key=key,
                old_revision_id=change.old.revision_id if change.old else None,
                new_revision_id=change.new.revision_id,
            )
            for key, change in changes.items()
        ),
        batch_size=500,
    )
    if in_background:
        # Robust: with the broker down the request stands, and the sweep picks it up.
        transaction.on_commit(lambda: publish_snapshot.delay(snapshot.pk), robust=True)
    return snapshot
