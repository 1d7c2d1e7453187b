"""The state of the registry in numbers, out of the database alone: what `/status` and `/metrics` tell."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Q, Sum
from django.utils import timezone

from catalog.models import Invalidation, LiveEntry, Snapshot
from catalog.models.choices import Lifecycle
from catalog.models.delivery import InvalidationState
from catalog.models.snapshots import SnapshotState
from catalog.publishing.rollback import PUBLISHED
from catalog.publishing.status import worker_beat
from catalog.search.health import read_health

WAITING = (SnapshotState.PENDING, SnapshotState.PUBLISHING)


@dataclass(frozen=True, slots=True)
class Figures:
    """Serials are None while there is none; seconds are never negative but those of a pointer that has expired.

    `database_serial` is the newest serial that was given, also to a publish that runs; `public_serial` the newest that
    was seen where readers look. `lag_seconds` is for how long readers have not seen the live one, and
    `index_lag_seconds` for how long searches have not; None if the database answers those, which never lags.
    """

    now: datetime
    database_serial: int | None
    live_serial: int | None
    public_serial: int | None
    index_serial: int | None
    index_lag_seconds: float | None
    lag_seconds: float
    waiting: int
    publishing: int
    failed: int
    published: int
    publish_seconds: float
    last_publish_seconds: float | None
    invalidations: int
    pointer_expires_at: datetime | None
    worker_heard_at: datetime | None

    @property
    def pointer_seconds(self) -> float | None:
        return (self.pointer_expires_at - self.now).total_seconds() if self.pointer_expires_at else None

    @property
    def worker_seconds(self) -> float | None:
        return max((self.now - self.worker_heard_at).total_seconds(), 0.0) if self.worker_heard_at else None


def read_figures() -> Figures:
    """Five queries whatever the size of the catalogue, up to seven; one of them reads every snapshot's row."""
    now = timezone.now()
    live = Snapshot.objects.filter(state=SnapshotState.LIVE).first()
    given = _count_snapshots()
    public_serial = given["public_serial"]
    unseen_since = live.finished_at if live and live.serial != public_serial else None
    took = live.finished_at - live.started_at if live and live.finished_at and live.started_at else None
    health = read_health()
    index_serial = health.serial if health else _index_serial(live)
    behind_since = live.finished_at if health and live and live.serial != index_serial else None
    return Figures(
        now=now,
        database_serial=given["database_serial"],
        live_serial=live.serial if live else None,
        public_serial=public_serial,
        index_serial=index_serial,
        index_lag_seconds=max((now - behind_since).total_seconds(), 0.0) if behind_since else 0.0 if health else None,
        lag_seconds=max((now - unseen_since).total_seconds(), 0.0) if unseen_since else 0.0,
        waiting=given["waiting"],
        publishing=given["publishing"],
        failed=given["failed"],
        published=given["published"],
        publish_seconds=given["spent"].total_seconds() if given["spent"] else 0.0,
        last_publish_seconds=took.total_seconds() if took else None,
        invalidations=Invalidation.objects.exclude(state=InvalidationState.DONE).count(),
        pointer_expires_at=live.expires_at if live else None,
        worker_heard_at=worker_beat(),
    )


def _count_snapshots() -> dict[str, Any]:
    state = {name: Count("pk", filter=Q(state=name)) for name in (*WAITING, SnapshotState.FAILED)}
    spent = ExpressionWrapper(F("finished_at") - F("started_at"), output_field=DurationField())
    return Snapshot.objects.aggregate(
        waiting=state[SnapshotState.PENDING],
        publishing=state[SnapshotState.PUBLISHING],
        failed=state[SnapshotState.FAILED],
        published=Count("pk", filter=Q(state__in=PUBLISHED)),
        spent=Sum(spent, filter=Q(state__in=PUBLISHED)),
        database_serial=Max("serial", filter=Q(state__in=(*PUBLISHED, SnapshotState.PUBLISHING))),
        public_serial=Max("serial", filter=Q(state__in=PUBLISHED, cdn_visible_at__isnull=False)),
    )


def _index_serial(live: Snapshot | None) -> int | None:
    """The live serial, unless what it has put into the catalogue is not in the rows for reading."""
    if live is None or live.serial is None:
        return None
    if LiveEntry.objects.filter(serial=live.serial).exists():
        return live.serial
    put = live.changes.filter(new_revision__isnull=False).exclude(new_revision__lifecycle=Lifecycle.REMOVED)
    if not put.exists():
        return live.serial
    newest: int | None = LiveEntry.objects.aggregate(newest=Max("serial"))["newest"]
    return newest
