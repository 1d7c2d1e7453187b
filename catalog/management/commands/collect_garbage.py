"""`manage.py collect_garbage`: delete from the store what no kept snapshot reaches; a dry run unless told to act."""

from argparse import ArgumentParser
from collections import Counter
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.publishing.garbage import KEEP_FOR, KEEP_SNAPSHOTS, GarbageError, collect_garbage
from catalog.publishing.outlet import open_outlet
from catalog.publishing.publish import sweep
from catalog.publishing.signing import SigningError
from catalog.publishing.stores.base import StoreError


class Command(BaseCommand):
    help = "Find, and with --apply delete, what only collected snapshots need."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--keep", type=int, default=KEEP_SNAPSHOTS, metavar="N", help="newest snapshots to keep")
        parser.add_argument("--days", type=int, default=KEEP_FOR.days, metavar="D", help="keep what is younger, too")
        parser.add_argument("--apply", action="store_true", help="delete; without it nothing is")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["keep"] < 1 or not 0 <= options["days"] <= 36_500:
            raise CommandError("Keep at least one snapshot, and a number of days from 0 to 36500.")
        try:
            outlet = open_outlet()
            # What was left half-way is finished first: its files must not be taken for garbage.
            sweep(outlet=outlet)
            garbage = collect_garbage(
                outlet, keep=options["keep"], keep_for=timedelta(days=options["days"]), apply=options["apply"]
            )
        except (GarbageError, SigningError, StoreError) as error:
            raise CommandError(str(error)) from error
        for folder, count in sorted(Counter(path.partition("/")[0] for path in garbage.paths).items()):
            self.stdout.write(f"{folder:10} {count:7,}")
        verb = "deleted" if options["apply"] else "would be deleted; run it again with --apply"
        self.stdout.write(
            f"{len(garbage.paths):,} files {verb}. "
            f"{garbage.kept_snapshots} snapshots are kept, {len(garbage.snapshots)} dropped."
        )
