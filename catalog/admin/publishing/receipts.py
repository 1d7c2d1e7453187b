"""How a publish stands, in words: while it waits and runs, when it is done, and why it was not."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from catalog.models import Snapshot
from catalog.models.snapshots import SnapshotState
from catalog.publishing.publish import UNEXPECTED
from catalog.publishing.status import is_overdue, worker_beat

DOING = {
    "checks": "Checking what changes",
    "objects": "Writing the new files; readers see nothing of it yet",
    "copies": "Readers have it; bringing the files at fixed addresses up to date",
}
# A worker looks for what waits at least this often.
PATIENCE = timedelta(seconds=30)
WATCHED = timedelta(minutes=10)
RUNNING_SECONDS, SEEN_SECONDS = 1, 5


@dataclass(frozen=True, slots=True)
class Receipt:
    """`tone` is note, good, warn or bad; `next_look` seconds until something may be new, 0 for never."""

    headline: str
    detail: str
    tone: str
    seconds: int | None
    seen: str
    advice: str
    next_look: int

    @property
    def is_running(self) -> bool:
        return self.next_look == RUNNING_SECONDS


def receipt_of(snapshot: Snapshot) -> Receipt:
    """One query at the most."""
    make = {
        SnapshotState.PENDING: _waiting,
        SnapshotState.PUBLISHING: _publishing,
        SnapshotState.FAILED: _failed,
    }.get(SnapshotState(snapshot.state), _published)
    return make(snapshot)


def _waiting(snapshot: Snapshot) -> Receipt:
    waits = timezone.now() - snapshot.requested_at
    advice, detail = "", "It starts in a moment."
    if waits > PATIENCE:
        beat_at = worker_beat()
        is_silent = beat_at is None or timezone.now() - beat_at > 2 * PATIENCE
        if is_silent:
            detail = "It starts once a worker runs."
            advice = (
                "No worker was heard of lately. Tell whoever runs the registry that the worker or beat has stopped; "
                "the publish starts by itself once they run again."
            )
        else:
            detail = "A worker is running and takes this next."
    return Receipt(
        headline="Waiting to start",
        detail=detail,
        tone="note",
        seconds=int(waits.total_seconds()),
        seen="",
        advice=advice,
        next_look=RUNNING_SECONDS,
    )


def _publishing(snapshot: Snapshot) -> Receipt:
    what, _, done = snapshot.progress.partition(": ")
    doing = f"{DOING.get(what, what)}: {done} done." if done else "It has begun."
    return Receipt(
        headline="Publishing",
        detail=doing,
        tone="note",
        seconds=_seconds(snapshot.started_at, timezone.now()),
        seen="",
        # It is committed then: a sweep finishes it.
        advice=f"{snapshot.failure_reason} It is tried again by itself." if snapshot.failure_reason else "",
        next_look=RUNNING_SECONDS,
    )


def _failed(snapshot: Snapshot) -> Receipt:
    return Receipt(
        headline="This publish failed",
        detail=snapshot.failure_reason,
        tone="bad",
        seconds=_seconds(snapshot.started_at, snapshot.finished_at),
        seen="",
        advice=f"Readers still get what was live before. {_what_to_do(snapshot.failure_reason)}",
        next_look=0,
    )


def _what_to_do(reason: str) -> str:
    if reason.startswith("Nothing was published; this has to be put right first"):
        return "Correct the entries that are named here, have them approved, and publish again."
    if reason.startswith("Nothing is left"):
        return "There is nothing to do: another publish has done it."
    if reason == UNEXPECTED:
        return "Publish again; if it fails again, tell whoever runs the registry, with the time that is shown here."
    if reason.startswith("Serial "):
        return "Choose one of the serials that are available."
    return "Wait a minute and publish again; if it fails again, show this to whoever runs the registry."


def _published(snapshot: Snapshot) -> Receipt:
    is_live = snapshot.state == SnapshotState.LIVE
    overdue = is_overdue(snapshot)
    since = snapshot.finished_at or snapshot.requested_at
    waits_for_readers = is_live and settings.REGISTRY_PUBLIC_URL and not snapshot.cdn_visible_at
    is_watched = bool(waits_for_readers) and timezone.now() - since < WATCHED
    return Receipt(
        headline=f"Serial {snapshot.serial} is live"
        if is_live
        else f"Serial {snapshot.serial} was replaced by a later one",
        detail=f"It brought back the content of serial {snapshot.rolled_back_to}." if snapshot.rolled_back_to else "",
        tone="warn" if overdue else "good" if is_live else "note",
        seconds=_seconds(snapshot.started_at, snapshot.finished_at),
        seen=_seen(snapshot, is_live=is_live),
        advice=(
            "Readers should have seen it within five minutes. Tell whoever runs the registry to look at the CDN."
            if overdue
            else ""
        ),
        next_look=SEEN_SECONDS if is_watched else 0,
    )


def _seen(snapshot: Snapshot, *, is_live: bool) -> str:
    if snapshot.cdn_visible_at:
        return ""
    if not settings.REGISTRY_PUBLIC_URL:
        return "not checked, since no public address is set"
    return "not seen yet; this takes a few minutes at most" if is_live else "never seen; it was replaced before"


def _seconds(start: datetime | None, end: datetime | None) -> int | None:
    return max(int((end - start).total_seconds()), 0) if start and end else None
