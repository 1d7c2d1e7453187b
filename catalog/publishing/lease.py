"""Who may work on a Snapshot: claims, heartbeats and ends, each a compare-and-set on its row.

A lease keeps honest publishers from doing the same work twice. Correctness never depends on it: the store's conditional
writes do that, so a publisher that lost its lease can do no harm.
"""

import time
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from catalog.models import ENTRY_MODELS, Snapshot
from catalog.models.snapshots import SnapshotState

LEASE = timedelta(seconds=60)
BEAT_SECONDS = 5.0


def claim(snapshot_id: int) -> bool:
    """pending -> publishing. False if somebody else has it, or another Snapshot is being published."""
    waiting = Snapshot.objects.filter(pk=snapshot_id, state=SnapshotState.PENDING)
    now = timezone.now()
    try:
        with transaction.atomic():
            return waiting.update(state=SnapshotState.PUBLISHING, started_at=now, beat_at=now) == 1
    except IntegrityError:
        return False


def take_over(snapshot_id: int) -> bool:
    """Claim a Snapshot whose publisher has not been heard of for a lease's length."""
    silent = Snapshot.objects.filter(pk=snapshot_id, state=SnapshotState.PUBLISHING, beat_at__lt=timezone.now() - LEASE)
    return silent.update(beat_at=timezone.now()) == 1


def heartbeat(snapshot_id: int) -> Callable[[], None]:
    """A function to call often: it renews the lease every few seconds."""
    beaten_at = time.monotonic()

    def beat() -> None:
        nonlocal beaten_at
        if time.monotonic() - beaten_at >= BEAT_SECONDS:
            beaten_at = time.monotonic()
            Snapshot.objects.filter(pk=snapshot_id, state=SnapshotState.PUBLISHING).update(beat_at=timezone.now())

    return beat


def fail(snapshot_id: int, reason: str) -> None:
    """publishing -> failed; nothing if somebody else ended it."""
    Snapshot.objects.filter(pk=snapshot_id, state=SnapshotState.PUBLISHING).update(
        state=SnapshotState.FAILED, failure_reason=reason, finished_at=timezone.now()
    )


def note_trouble(snapshot_id: int, reason: str) -> None:
    """Keep the reason on a Snapshot that stays `publishing`: it is committed, and will be finished by a sweep."""
    Snapshot.objects.filter(pk=snapshot_id, state=SnapshotState.PUBLISHING).update(failure_reason=reason)


@transaction.atomic
def mark_live(snapshot_id: int) -> bool:
    """publishing -> live, and every changed entry's `live_revision` with it. False if somebody else did it.

    For a Snapshot that the pointer names: one that was given up, and whose commit came through late, goes live too.
    """
    snapshot = Snapshot.objects.select_for_update().get(pk=snapshot_id)
    if snapshot.state not in (SnapshotState.PUBLISHING, SnapshotState.FAILED):
        return False
    Snapshot.objects.filter(state=SnapshotState.LIVE).update(state=SnapshotState.REPLACED)
    snapshot.state = SnapshotState.LIVE
    snapshot.failure_reason = ""
    snapshot.finished_at = timezone.now()
    snapshot.save(update_fields=("state", "failure_reason", "finished_at"))
    _move_live_revisions(snapshot)
    return True


def _move_live_revisions(snapshot: Snapshot) -> None:
    new_revisions = snapshot.changes.filter(entry_key=OuterRef("key")).values("new_revision")
    for model in ENTRY_MODELS:
        changed = model.objects.filter(key__in=snapshot.changes.values("entry_key"))
        changed.update(live_revision=Subquery(new_revisions))
