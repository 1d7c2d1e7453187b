"""`manage.py verify_published`: prove that what is published is whole, as a stranger would."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import pluralize

from catalog.publishing.stores.base import StoreError
from catalog.publishing.stores.configured import open_store
from catalog.publishing.verify import verify_tree


class Command(BaseCommand):
    help = "Read the published tree from current.json on and check everything. Exit 1 with what is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the report as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        store = open_store()

        def fetch(path: str) -> bytes | None:
            stored = store.get(path)
            return stored.content if stored else None

        try:
            report = verify_tree(fetch)
        except StoreError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(asdict(report), indent=2))
        else:
            for line in [*report.problems, *report.notes]:
                self.stdout.write(line)
        if report.problems:
            count = len(report.problems)
            raise CommandError(f"{store.address}: {count} problem{pluralize(count)}; {report.files} files were read.")
        if not options["json"]:
            self.stdout.write(
                f"{store.address}: serial {report.serial} is whole: {report.documents} documents, {report.files} files."
            )
