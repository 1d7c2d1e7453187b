"""`manage.py rebuild_search_index`: make what reads and searches are answered from anew."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.publishing.live import rebuild_live_entries
from catalog.publishing.stores.base import StoreError
from catalog.publishing.stores.configured import open_store
from catalog.search.configured import INDEXES
from catalog.search.health import SearchIndexError, rebuild_table


class Command(BaseCommand):
    help = (
        "database: write the rows of live entries, and what they are found by, anew from the live revisions. dynamodb: "
        "fill the table of searches anew from the published tree, beside what is in it, and switch when it is complete."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--backend", choices=list(INDEXES), default="database", help="which index (database)")
        parser.add_argument(
            "--create-table", action="store_true", help="make the table if it is missing (dynamodb; not in production)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["backend"] == "database":
            self.stdout.write(f"{rebuild_live_entries():,} live entries can be read and found.")
            return
        store = open_store()

        def fetch(path: str) -> bytes | None:
            stored = store.get(path)
            return stored.content if stored else None

        def show(done: int, everything: int) -> None:
            self.stdout.write(f"{done:,} of {everything:,} providers are written.")

        try:
            serial = rebuild_table(fetch, make_table=options["create_table"], progress=show)
        except (SearchIndexError, StoreError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Searches are answered from serial {serial}.")
