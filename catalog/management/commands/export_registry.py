"""`manage.py export_registry DIR`: all entries as files for a Git repository; docs/moving-in.md has the layout."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import pluralize

from catalog.actions.errors import RefusedError
from catalog.actions.repository.exporting import Export, export_registry
from catalog.documents.layout import path_of


class Command(BaseCommand):
    help = "Write every entry as a file below DIR. Files that were edited and not imported yet are left alone (exit 1)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR", help="the folder, such as a checkout of a repository")
        parser.add_argument("--approved", action="store_true", help="approved revisions, not the newest drafts")
        parser.add_argument(
            "--into-existing", action="store_true", help="DIR may hold files that are not the registry's"
        )
        parser.add_argument(
            "--overwrite", action="append", default=[], metavar="KEY", help="an edited file that may go; or all"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            export = export_registry(
                options["folder"],
                only_approved=options["approved"],
                into_existing=options["into_existing"],
                overwrite=frozenset(options["overwrite"]),
            )
        except RefusedError as error:
            raise CommandError(str(error)) from error
        self._report(export, options["folder"])

    def _report(self, export: Export, folder: Path) -> None:
        for word, keys in (("wrote", export.written), ("removed", export.removed), ("edited", export.conflicts)):
            for key in keys:
                self.stdout.write(f"{word:7}  {path_of(key)}")
        self.stdout.write(
            f"{folder}: {len(export.written):,} written, {len(export.removed):,} removed, "
            f"{len(export.unchanged):,} unchanged."
        )
        if export.conflicts:
            count = len(export.conflicts)
            raise CommandError(
                f"{count:,} file{pluralize(count)} left alone: edited, and not imported yet. "
                "Bring the edits in with import_registry, or give them up with --overwrite KEY."
            )
