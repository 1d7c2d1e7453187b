"""`manage.py signing_key new|list|retire`: the keys that sign the pointer, with an overlap while they are rotated."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from catalog.actions.errors import RefusedError
from catalog.actions.keys import add_signing_key, retire_signing_key
from catalog.models import SigningKey
from catalog.publishing.outlet import signing_keys
from catalog.publishing.signing import SigningError
from catalog.publishing.stores.base import StoreError


class Command(BaseCommand):
    help = "Make, list or retire the keys that sign the pointer."
    # It makes what a system check misses.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        what.add_parser("new", help="add a key; from now on it signs beside the others")
        what.add_parser("list", help="all keys, and which of them sign here")
        what.add_parser("retire", help="stop signing with a key").add_argument("kid")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["what"] == "new":
                self.stdout.write(f"{add_signing_key()} signs from now on, in {settings.REGISTRY_SIGNING_KEY_FILE}.")
            elif options["what"] == "retire":
                retire_signing_key(options["kid"])
                self.stdout.write(f"{options['kid']} does not sign any more.")
            else:
                self._list()
        except (RefusedError, SigningError, StoreError) as error:
            raise CommandError(str(error)) from error

    def _list(self) -> None:
        here = {key.kid: key for key in signing_keys()}
        rows = {row.kid: row for row in SigningKey.objects.all()}
        for kid in [*rows, *(kid for kid in here if kid not in rows)]:
            row = rows.get(kid)
            since = f"since {row.not_before:%Y-%m-%d %H:%M} UTC" if row else "from the next publish on"
            until = f", until {row.not_after:%Y-%m-%d %H:%M} UTC" if row and row.not_after else ""
            self.stdout.write(
                f"{kid}  {'signs' if kid in here else 'retired' if until else 'not here'}  {since}{until}"
            )
