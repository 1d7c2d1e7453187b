"""`manage.py validate_registry DIR`: judge the files of a Git repository; needs no database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import pluralize

from catalog.actions.errors import RefusedError
from catalog.actions.repository.judging import validate_folder
from catalog.management.tables import plain


class Command(BaseCommand):
    help = "Name everything that is wrong with the files below DIR, as path: pointer: message. Exit 1 if anything is."
    # It judges files, for which nothing has to be set up.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            tree = validate_folder(options["folder"])
        except RefusedError as error:
            raise CommandError(str(error)) from error
        for problem in tree.problems:
            self.stdout.write(plain(str(problem)))
        if tree.problems:
            count, files = len(tree.problems), len({problem.path for problem in tree.problems})
            raise CommandError(f"{count:,} problem{pluralize(count)} in {files:,} file{pluralize(files)}.")
        self.stdout.write(f"{len(tree.documents):,} entr{pluralize(len(tree.documents), 'y is,ies are')} valid.")
