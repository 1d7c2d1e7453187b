"""What readers see now, in sentences: the live serial, whether it has arrived, how long it is trusted, who works."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from catalog.admin.moments import when
from catalog.models import Snapshot
from catalog.models.snapshots import SnapshotState
from catalog.publishing.status import SILENT, in_words, is_overdue, worker_beat

FAILURES = 3
FAILED_WITHIN = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Live:
    """`snapshot` is None before the first publish, `running` the one that waits or is at work; the rest sentences."""

    snapshot: Snapshot | None
    running: Snapshot | None
    reach: str
    is_under_way: bool
    expiry: str
    worker: str


def describe_live() -> Live:
    """Two queries."""
    states = (SnapshotState.LIVE, SnapshotState.PENDING, SnapshotState.PUBLISHING)
    snapshots = list(Snapshot.objects.select_related("requested_by").filter(state__in=states).order_by("pk"))
    live = next((snapshot for snapshot in snapshots if snapshot.state == SnapshotState.LIVE), None)
    running = next((snapshot for snapshot in snapshots if snapshot.state != SnapshotState.LIVE), None)
    return Live(
        snapshot=live,
        running=running,
        reach=_reach(live),
        is_under_way=live is not None and not _has_arrived(live) and not is_overdue(live),
        expiry=_expiry(live),
        worker=_worker(),
    )


def find_failures() -> list[Snapshot]:
    """The newest publishes that failed within two weeks. One query."""
    failed = Snapshot.objects.filter(state=SnapshotState.FAILED, requested_at__gt=timezone.now() - FAILED_WITHIN)
    return list(failed.select_related("requested_by").order_by("-pk")[:FAILURES])


def _has_arrived(live: Snapshot) -> bool:
    return live.cdn_visible_at is not None or not settings.REGISTRY_PUBLIC_URL


def _reach(live: Snapshot | None) -> str:
    if live is None or not settings.REGISTRY_PUBLIC_URL:
        return ""
    if is_overdue(live):
        return "No reader was seen to get it yet."
    if live.cdn_visible_at is None:
        return f"On its way to readers at {settings.REGISTRY_PUBLIC_URL}; this takes a few minutes at most."
    return f"Readers see it since {when(live.cdn_visible_at)}."


def _expiry(live: Snapshot | None) -> str:
    if live is None or live.expires_at is None:
        return ""
    left = live.expires_at - timezone.now()
    if left <= timedelta(0):
        return f"Readers stopped trusting it on {when(live.expires_at)}."
    return f"It stays valid until {when(live.expires_at)}; this is renewed automatically."


def _worker() -> str:
    beat_at = worker_beat()
    if beat_at is None:
        return "No worker that publishes was heard of yet."
    silence = timezone.now() - beat_at
    if silence > SILENT:
        return f"The worker that publishes was last heard of {in_words(silence)} ago."
    return f"The worker that publishes is running (last sign of life {in_words(silence)} ago)."
