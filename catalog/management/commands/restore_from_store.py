"""`manage.py restore_from_store`: rebuild an empty, migrated database from the published tree."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.actions.errors import RefusedError
from catalog.actions.recovery import restore_from_store
from catalog.publishing.stores.base import StoreError
from catalog.publishing.stores.configured import open_store


class Command(BaseCommand):
    help = "Rebuild entries and the history of snapshots from the store alone. Only into an empty database."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            restored = restore_from_store(open_store())
        except (RefusedError, StoreError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{restored.entries} entries, {restored.revisions} revisions and {restored.snapshots} snapshots are back, "
            f"from serial {restored.missing_before} on. Drafts, authors and approvals were not in the store."
        )
