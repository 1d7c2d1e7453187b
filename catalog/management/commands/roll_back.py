"""`manage.py roll_back`: bring an earlier content back, under a new and higher serial."""

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalog.actions.errors import RefusedError
from catalog.actions.snapshots import request_rollback
from catalog.management.people import find_person
from catalog.management.results import publish_here
from catalog.publishing.outlet import open_outlet
from catalog.publishing.rollback import RollbackError, changes_back_to, find_serial, find_serial_at
from catalog.publishing.signing import SigningError
from catalog.publishing.stores.base import StoreError
from catalog.publishing.stores.configured import open_store
from catalog.publishing.tree import MANIFEST_PATH


class Command(BaseCommand):
    help = "Publish the content of an earlier serial again. Drafts and approvals stay as they are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--to-serial", type=int, metavar="N", help="the serial whose content comes back")
        where.add_argument("--hours-ago", type=float, metavar="H", help="what was live that long ago")
        where.add_argument("--version-id", metavar="V", help="what this S3 version of manifest.json listed")
        parser.add_argument("--reason", default="", help="why; kept with the snapshot, and required")
        parser.add_argument("--by", metavar="USERNAME", help="the person on whose behalf")
        parser.add_argument("--dry-run", action="store_true", help="print what would change and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            serial = self._serial(options)
            if options["dry_run"]:
                self._print_plan(serial)
                return
            person, outlet = find_person(options["by"]), open_outlet()
            snapshot = request_rollback(serial=serial, by=person, reason=options["reason"], in_background=False)
        except (RefusedError, RollbackError, SigningError, StoreError) as error:
            raise CommandError(str(error)) from error
        publish_here(snapshot, outlet)
        self.stdout.write(f"Serial {snapshot.serial} is live, with the content of serial {serial}.")

    def _serial(self, options: dict[str, Any]) -> int:
        if options["version_id"] is not None:
            serial = _serial_of_version(options["version_id"])
        elif options["hours_ago"] is not None:
            if not 0 <= options["hours_ago"] <= 24 * 366 * 20:
                raise CommandError("--hours-ago is a number of hours in the past.")
            serial = find_serial_at(timezone.now() - timedelta(hours=options["hours_ago"])).serial or 0
        else:
            serial = options["to_serial"]
        return find_serial(serial).serial or 0

    def _print_plan(self, serial: int) -> None:
        changes = changes_back_to(serial)
        for key, (old, new) in changes.items():
            self.stdout.write(f"{'removed' if new is None else 'added' if old is None else 'changed':8} {key}")
        self.stdout.write(f"Going back to serial {serial} changes what is listed: {len(changes)} in all.")


def _serial_of_version(version_id: str) -> int:
    content = open_store().get_version(MANIFEST_PATH, version_id)
    if content is None:
        raise CommandError(f"The store has no version {version_id} of {MANIFEST_PATH}, or keeps no versions.")
    try:
        return int(json.loads(content)["serial"])
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(f"Version {version_id} of {MANIFEST_PATH} names no serial.") from error
