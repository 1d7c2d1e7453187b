"""`manage.py rebuild_search_index`: make the rows that reads and searches are answered from anew."""

from typing import Any

from django.core.management.base import BaseCommand

from catalog.publishing.live import rebuild_live_entries


class Command(BaseCommand):
    help = "Write the rows of live entries, and what they are found by, anew from the live revisions."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{rebuild_live_entries():,} live entries can be read and found.")
