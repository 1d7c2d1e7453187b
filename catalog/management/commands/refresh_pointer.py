"""`manage.py refresh_pointer`: sign the live pointer again with a later expiry; beat does so when it is due."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.publishing.outlet import open_outlet
from catalog.publishing.refresh import refresh_pointer
from catalog.publishing.signing import SigningError
from catalog.publishing.stores.base import StoreError


class Command(BaseCommand):
    help = "Renew the expiry of current.json; its content stays."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            written = refresh_pointer(open_outlet())
        except (SigningError, StoreError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            "The pointer is fresh." if written else "Somebody else moved the pointer meanwhile; it is fresh."
        )
