"""`manage.py import_registry DIR`: bring edits of files in a Git repository into the registry, as drafts."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import pluralize

from catalog.actions.errors import RefusedError
from catalog.actions.repository.importing import DamagedFilesError, Plan, apply_plan, plan_import
from catalog.documents.sides import Side
from catalog.management.imports import count_wrong, import_lines
from catalog.management.people import find_person
from catalog.management.tables import plain, width_of

LEFT_ALONE = {
    Side.REGISTRY: "newer in the registry; export_registry writes {it} into the folder",
    Side.GONE: "without a file; --remove REASON has {it} removed",
    Side.BOTH: "changed in the registry as well as in the folder, and left alone; --overwrite KEY takes the file",
}


class Command(BaseCommand):
    help = "Import the files below DIR that were changed; without --apply, only say what would happen."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR", help="a folder that export_registry wrote, or like it")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="the person on whose behalf")
        parser.add_argument("--apply", action="store_true", help="write it, if nothing is refused")
        parser.add_argument("--note", default="", help="the change note of every entry")
        parser.add_argument("--remove", default="", metavar="REASON", help="entries without a file are to be removed")
        parser.add_argument(
            "--overwrite", action="append", default=[], metavar="KEY", help="take the file of this entry; or all"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        person = find_person(options["by"])
        if person is None:
            raise CommandError("Say on whose behalf: --by USERNAME.")
        try:
            plan = plan_import(
                folder, by=person, overwrite=frozenset(options["overwrite"]), removal_reason=options["remove"]
            )
        except DamagedFilesError as error:
            self._print([plain(str(problem)) for problem in error.problems])
            raise CommandError("Nothing was imported: put these files right first.") from error
        except RefusedError as error:
            raise CommandError(str(error)) from error
        self._show(plan)
        if options["apply"]:
            try:
                made = apply_plan(plan, note=options["note"] or f"Imported from {folder.resolve().name}", by=person)
            except RefusedError as error:
                raise CommandError(str(error)) from error
            self.stdout.write(
                "Imported; each entry that changed has a draft to approve." if made else "Nothing to import."
            )
        else:
            self.stdout.write(
                "Nothing was written. Say --apply to import it." if plan.documents else "Nothing to import."
            )
        conflicts = len(plan.left_alone(Side.BOTH))
        if conflicts:
            raise CommandError(f"{conflicts:,} conflict{pluralize(conflicts)} left alone.")

    def _show(self, plan: Plan) -> None:
        """Raises CommandError if anything is refused."""
        if plan.rows:
            self._print(import_lines(plan.rows, plan.before, width=width_of(self.stdout)))
        same = len(plan.left_alone(Side.SAME))
        if same:
            self.stdout.write(f"{same:,} the same on both sides.")
        for side, words in LEFT_ALONE.items():
            keys = plan.left_alone(side)
            if keys:
                self.stdout.write(f"{len(keys):,} {words.format(it='it' if len(keys) == 1 else 'them')}:")
                self._print([f"    {key}" for key in keys])
        wrong = count_wrong(plan.rows)
        if wrong:
            raise CommandError(f"Nothing was imported: {wrong} of {len(plan.rows)} entries cannot be saved.")

    def _print(self, lines: Sequence[str]) -> None:
        for line in lines:
            self.stdout.write(line)
