"""What somebody should look at: said by `manage.py check`, the admin's home and the API alike. Database only."""

from django.conf import settings
from django.utils import timezone

from catalog.models import Snapshot
from catalog.models.snapshots import SnapshotState
from catalog.publishing.delivery import OVERDUE


def publishing_warnings() -> list[str]:
    """Plain sentences; empty if all is well. Two queries."""
    now = timezone.now()
    live = Snapshot.objects.filter(state=SnapshotState.LIVE).first()
    running = Snapshot.objects.filter(state=SnapshotState.PUBLISHING).exclude(failure_reason="").first()
    warnings = []
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
    return warnings


def is_overdue(snapshot: Snapshot) -> bool:
    """Whether readers should have seen it by now."""
    if not settings.REGISTRY_PUBLIC_URL or snapshot.cdn_visible_at or not snapshot.finished_at:
        return False
    return snapshot.state == SnapshotState.LIVE and timezone.now() - snapshot.finished_at > OVERDUE
