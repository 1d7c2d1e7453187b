"""`manage.py publish`: publish what is approved, here and now, without a worker."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import pluralize

from catalog.actions.errors import RefusedError
from catalog.actions.snapshots import MassChangeError, request_snapshot
from catalog.management.people import find_person
from catalog.management.results import publish_here
from catalog.models import Snapshot
from catalog.publishing.candidate import collect_changes, find_problems
from catalog.publishing.outlet import open_outlet
from catalog.publishing.signing import SigningError


class Command(BaseCommand):
    help = "Publish everything that is approved. Exit 1 with the reasons if it is refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--note", default="", help="why; kept with the snapshot")
        parser.add_argument("--by", metavar="USERNAME", help="the person on whose behalf")
        parser.add_argument(
            "--confirm-mass-change", action="store_true", help="yes, much of the catalogue changes at once"
        )
        parser.add_argument("--dry-run", action="store_true", help="print the plan and publish nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            self._print_plan(as_json=options["json"])
            return
        try:
            outlet = open_outlet()
            snapshot = request_snapshot(
                by=find_person(options["by"]),
                note=options["note"],
                confirm_mass_change=options["confirm_mass_change"],
                in_background=False,
            )
        except MassChangeError as error:
            raise CommandError(f"{error} (--confirm-mass-change)") from error
        except (RefusedError, SigningError) as error:
            raise CommandError(str(error)) from error
        publish_here(snapshot, outlet, self._progress)
        self._print_result(snapshot, as_json=options["json"])

    def _progress(self, what: str, done: int) -> None:
        # Only for a person who watches: a log should not fill with it.
        if self.stderr.isatty():
            self.stderr.write(f"\r{what}: {done:,}   ", ending="")

    def _print_plan(self, *, as_json: bool) -> None:
        changes = collect_changes()
        problems = find_problems(changes)
        if as_json:
            plan = [
                {"key": key, "change": change.verb, "revision": change.new.number if change.new else None}
                for key, change in changes.items()
            ]
            self.stdout.write(
                json.dumps({"changes": plan, "problems": [str(problem) for problem in problems]}, indent=2)
            )
        else:
            for key, change in changes.items():
                self.stdout.write(f"{change.verb:8} {key} (revision {change.new.number if change.new else 'none'})")
            for problem in problems:
                self.stdout.write(f"problem  {problem}")
            if not changes:
                self.stdout.write("Nothing to publish: everything that is approved is live.")
        if problems:
            raise CommandError(f"This would be refused: {len(problems)} problem{pluralize(len(problems))}.")

    def _print_result(self, snapshot: Snapshot, *, as_json: bool) -> None:
        if self.stderr.isatty():
            self.stderr.write("")
        count = snapshot.changes.count()
        if as_json:
            self.stdout.write(
                json.dumps(
                    {"serial": snapshot.serial, "snapshot": snapshot.path, "sha256": snapshot.sha256, "changes": count}
                )
            )
        else:
            self.stdout.write(f"Serial {snapshot.serial} is live: {count} changed ({snapshot.path}).")
