"""What somebody should look at: said by `manage.py check`, the admin's home and the API alike. Of the network, only the
table of the search index is asked, if there is one."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from catalog.models import Heartbeat, Snapshot
from catalog.models.snapshots import SnapshotState
from catalog.publishing.delivery import OVERDUE
from catalog.publishing.lease import WORKER
from catalog.search.health import read_health

# Beat pokes a worker every SWEEP_SECONDS (settings); one that publishes much may be late by a minute.
SILENT = timedelta(minutes=2)
# The index of searches is brought forward within seconds, and again every few minutes if that failed.
INDEX_LATE = timedelta(minutes=2)
UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def publishing_warnings() -> list[str]:
    """Plain sentences; empty if all is well. Four queries at most."""
    now = timezone.now()
    live = Snapshot.objects.filter(state=SnapshotState.LIVE).first()
    running = Snapshot.objects.filter(state=SnapshotState.PUBLISHING).exclude(failure_reason="").first()
    warnings = _worker_warnings(now)
    if running is not None:
        warnings.append(f"Serial {running.serial} is live for readers, but not finished: {running.failure_reason}")
    if live is None:
        return warnings
    if live.expires_at and live.expires_at <= now:
        warnings.append(f"The pointer expired on {live.expires_at:%d %B %Y at %H:%M} UTC: readers refuse the registry.")
    elif live.expires_at and live.expires_at - now < settings.REGISTRY_POINTER_VALIDITY / 2:
        warnings.append(
            f"The pointer expires on {live.expires_at:%d %B %Y at %H:%M} UTC and was not renewed: is beat running?"
        )
    if is_overdue(live):
        warnings.append(f"Serial {live.serial} does not show at {settings.REGISTRY_PUBLIC_URL} after five minutes.")
    return warnings + _index_warnings(live, now)


def worker_beat() -> datetime | None:
    """When a worker was last heard of; None if none ever was."""
    return Heartbeat.objects.filter(name=WORKER).values_list("beat_at", flat=True).first()


def in_words(duration: timedelta) -> str:
    """`4 seconds`, `5 minutes`, `3 days`: the greatest unit of which there are two, rounded down."""
    seconds = max(int(duration.total_seconds()), 0)
    unit, length = next((each for each in UNITS if seconds >= 2 * each[1]), UNITS[-1])
    count = seconds // length
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _worker_warnings(now: datetime) -> list[str]:
    """A registry without a worker publishes by command, and is warned only while something waits for one."""
    beat_at = worker_beat()
    if beat_at is not None:
        silence = now - beat_at
        if silence <= SILENT:
            return []
        return [f"No worker has been heard of for {in_words(silence)}: nothing is published until one runs."]
    waits = Snapshot.objects.filter(state=SnapshotState.PENDING, requested_at__lt=now - SILENT).exists()
    return ["A publish was asked for, but no worker was ever heard of: start a worker and beat."] if waits else []


def _index_warnings(live: Snapshot, now: datetime) -> list[str]:
    """Of an index that is not in the database, and follows a publish a moment later."""
    health = read_health()
    if health is None or live.serial is None or health.serial == live.serial:
        return []
    if health.serial is None:
        return [f"Searches cannot be answered: {health.trouble}"]
    if health.serial > live.serial:
        return [f"The search index is at serial {health.serial}, which is not published yet: is it another registry's?"]
    late = now - live.finished_at if live.finished_at else timedelta()
    if late <= INDEX_LATE:
        return []
    reason = health.trouble or "is its function running?"
    return [
        f"Searches are answered from serial {health.serial}, {in_words(late)} behind serial {live.serial}: {reason}"
    ]


def is_overdue(snapshot: Snapshot) -> bool:
    """Whether readers should have seen it by now."""
    if not settings.REGISTRY_PUBLIC_URL or snapshot.cdn_visible_at or not snapshot.finished_at:
        return False
    return snapshot.state == SnapshotState.LIVE and timezone.now() - snapshot.finished_at > OVERDUE
