"""Publish in the foreground, as commands do."""

from django.core.management.base import CommandError

from catalog.models import Snapshot
from catalog.models.snapshots import SnapshotState
from catalog.publishing.delivery import confirm_visible
from catalog.publishing.outlet import Outlet, read_public
from catalog.publishing.publish import run_publish
from catalog.publishing.upload import Progress, quiet


def publish_here(snapshot: Snapshot, outlet: Outlet, progress: Progress = quiet) -> None:
    """Publish a Snapshot that waits. Raises CommandError with the reason if it did not go live."""
    run_publish(snapshot.pk, outlet=outlet, progress=progress)
    snapshot.refresh_from_db()
    if snapshot.state != SnapshotState.LIVE:
        raise CommandError(snapshot.failure_reason or "Another publish is running; this one waits for it.")
    confirm_visible(read_public)
