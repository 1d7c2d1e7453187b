"""Who may work on a Snapshot: claims, heartbeats and ends, each a compare-and-set on its row.

A lease keeps honest publishers from doing the same work twice. Correctness never depends on it: the store's conditional
writes do that, so a publisher that lost its lease can do no harm.
"""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from catalog.models import AuditRecord, Heartbeat, Lease, Snapshot, model_of
from catalog.models.audit import Verb
from catalog.models.snapshots import SnapshotState
from catalog.publishing.delivery import queue_invalidation
from catalog.publishing.live import update_live_entries

# A dead publisher is noticed after a lease, by a sweep that runs every SWEEP_SECONDS (settings, beat).
LEASE = timedelta(seconds=15)
# Often enough for a page that shows the progress, too.
BEAT_SECONDS = 1.0
WORKER = "worker"
COLLECTOR = "collect garbage"
COLLECTOR_LEASE = timedelta(minutes=10)


def claim(snapshot_id: int) -> bool:
    """pending -> publishing. False if somebody else has it, another is being published, or garbage is collected."""
    waiting = Snapshot.objects.filter(pk=snapshot_id, state=SnapshotState.PENDING)
    now = timezone.now()
    try:
        with transaction.atomic():
            claimed = waiting.update(state=SnapshotState.PUBLISHING, started_at=now, beat_at=now) == 1
    except IntegrityError:
        return False
    # The collector takes its lease first and looks for publishers then; we do it the other way round. So at least one
    # of two that start at once sees the other.
    if claimed and _collector_is_at_work():
        Snapshot.objects.filter(pk=snapshot_id, state=SnapshotState.PUBLISHING).update(state=SnapshotState.PENDING)
        return False
    return claimed


def take_over(snapshot_id: int) -> bool:
    """Claim a Snapshot whose publisher has not been heard of for a lease's length."""
    silent = Snapshot.objects.filter(pk=snapshot_id, state=SnapshotState.PUBLISHING, beat_at__lt=timezone.now() - LEASE)
    return silent.update(beat_at=timezone.now()) == 1


def heartbeat(snapshot_id: int) -> Callable[[str, int], None]:
    """A function to call often with what is done: it keeps that, and renews the lease, at most once in a while."""
    beaten_at = time.monotonic()

    def beat(what: str, done: int) -> None:
        nonlocal beaten_at
        if time.monotonic() - beaten_at >= BEAT_SECONDS:
            beaten_at = time.monotonic()
            Snapshot.objects.filter(pk=snapshot_id, state=SnapshotState.PUBLISHING).update(
                beat_at=timezone.now(), progress=f"{what}: {done:,}"
            )

    return beat


def note_worker() -> None:
    """A worker is alive: it has just been given something to do."""
    Heartbeat.objects.update_or_create(name=WORKER, defaults={"beat_at": timezone.now()})


def fail(snapshot_id: int, reason: str) -> None:
    """publishing -> failed; nothing if somebody else ended it."""
    running = Snapshot.objects.filter(pk=snapshot_id, state=SnapshotState.PUBLISHING)
    with transaction.atomic():
        if running.update(state=SnapshotState.FAILED, failure_reason=reason, finished_at=timezone.now()):
            snapshot = Snapshot.objects.select_related("requested_by").get(pk=snapshot_id)
            AuditRecord.objects.note(
                Verb.PUBLISH_FAILED, by=snapshot.requested_by, object_name=str(snapshot), detail=reason
            )


def note_trouble(snapshot_id: int, reason: str) -> None:
    """Keep the reason on a Snapshot that stays `publishing`: it is committed, and will be finished by a sweep."""
    Snapshot.objects.filter(pk=snapshot_id, state=SnapshotState.PUBLISHING).update(failure_reason=reason)


@contextmanager
def collecting() -> Iterator[Callable[[], bool] | None]:
    """Keeps publishers out while garbage is collected.

    Yields None if somebody is publishing or collecting; else a function that renews the lease, False if it was lost.
    """
    token, now = uuid.uuid4().hex, timezone.now()
    Lease.objects.filter(name=COLLECTOR, expires_at__lt=now).delete()
    _, ours = Lease.objects.get_or_create(
        name=COLLECTOR, defaults={"token": token, "expires_at": now + COLLECTOR_LEASE}
    )
    mine = Lease.objects.filter(name=COLLECTOR, token=token)

    def renew() -> bool:
        # One that ran out is lost, though nobody may have taken it: a publisher has not been kept out since.
        still_mine = mine.filter(expires_at__gte=timezone.now())
        return still_mine.update(expires_at=timezone.now() + COLLECTOR_LEASE) == 1

    try:
        free = ours and not Snapshot.objects.filter(state=SnapshotState.PUBLISHING).exists()
        yield renew if free else None
    finally:
        mine.delete()


@transaction.atomic
def mark_live(snapshot_id: int, *, stale_paths: Sequence[str]) -> bool:
    """publishing (or failed, for a late commit) -> live, with every changed entry's `live_revision`.

    `stale_paths` are kept for the CDN in the same transaction. False if somebody else did it.
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
    update_live_entries(snapshot)
    AuditRecord.objects.note(Verb.PUBLISHED, by=snapshot.requested_by, object_name=str(snapshot), detail=snapshot.note)
    queue_invalidation(stale_paths, reference=snapshot.path.removeprefix("snapshots/").removesuffix(".json"))
    return True


def _collector_is_at_work() -> bool:
    return Lease.objects.filter(name=COLLECTOR, expires_at__gte=timezone.now()).exists()


def _move_live_revisions(snapshot: Snapshot) -> None:
    new_revisions = snapshot.changes.filter(entry_key=OuterRef("key")).values("new_revision")
    for model in {model_of(key) for key in snapshot.changes.values_list("entry_key", flat=True)}:
        changed = model.objects.filter(key__in=snapshot.changes.values("entry_key"))
        changed.update(live_revision=Subquery(new_revisions))
