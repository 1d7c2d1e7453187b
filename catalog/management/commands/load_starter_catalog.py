"""`manage.py load_starter_catalog`: fill an empty registry, or bring its untouched starter entries up to date."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.actions.errors import RefusedError
from catalog.actions.starter import STARTER_FOLDER, load_starter_catalog


class Command(BaseCommand):
    help = "Load the starter catalogue; loading it twice changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", type=Path, default=STARTER_FOLDER, help="another folder of the same layout")
        parser.add_argument("--no-approve", action="store_true", help="leave what is loaded as drafts")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = load_starter_catalog(options["folder"], approved=not options["no_approve"])
        except RefusedError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            "Starter catalogue: " + ", ".join(f"{count} {what}" for what, count in counts.items() if count)
        )
