"""`manage.py resume_publish`: finish what a dead worker left, publish what waits; beat does so every few seconds."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.models import Snapshot
from catalog.models.snapshots import SnapshotState
from catalog.publishing.outlet import open_outlet
from catalog.publishing.publish import sweep
from catalog.publishing.signing import SigningError

UNFINISHED = (SnapshotState.PUBLISHING, SnapshotState.PENDING)


class Command(BaseCommand):
    help = "Finish every publish that waits or was left half-way. Exit 1 if one could not be finished."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--now", action="store_true", help="do not wait for a silent worker's lease to run out")

    def handle(self, *args: Any, **options: Any) -> None:
        unfinished = list(Snapshot.objects.filter(state__in=UNFINISHED).order_by("pk").values_list("pk", flat=True))
        if not unfinished:
            self.stdout.write("Nothing was left unfinished.")
            return
        if options["now"]:
            # Safe whether or not the worker lives: the store's conditional writes keep two of them apart.
            long_ago = datetime(2000, 1, 1, tzinfo=UTC)
            Snapshot.objects.filter(pk__in=unfinished, state=SnapshotState.PUBLISHING).update(beat_at=long_ago)
        try:
            sweep(outlet=open_outlet())
        except SigningError as error:
            raise CommandError(str(error)) from error
        self._report(unfinished)

    def _report(self, unfinished: list[int]) -> None:
        failed = False
        for snapshot in Snapshot.objects.filter(pk__in=unfinished).order_by("pk"):
            failed |= snapshot.state not in (SnapshotState.LIVE, SnapshotState.REPLACED)
            reason = f": {snapshot.failure_reason}" if snapshot.failure_reason else ""
            self.stdout.write(f"{snapshot}: {snapshot.get_state_display().lower()}{reason}")
        if failed:
            raise CommandError("Not everything could be finished; a worker may be at it still (see --now).")
