"""`manage.py api_token make|list|revoke`: tokens for programs, by whoever runs the server.

`make` prints the token alone on standard output, and all about it on standard error, so that
`TOKEN=$(manage.py api_token make ...)` is the token.
"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.actions.errors import RefusedError
from catalog.actions.tokens import make_token, revoke_token, state_of
from catalog.management.people import find_person
from catalog.models import Token
from catalog.models.choices import ProviderType
from catalog.models.clients import SCOPES


class Command(BaseCommand):
    help = "Make, list or revoke tokens of the API."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        make = what.add_parser("make", help="make a token; it is printed this once")
        make.add_argument("--owner", metavar="USERNAME", required=True, help="it may do no more than this person")
        make.add_argument("--name", required=True, help="what it is for")
        make.add_argument("--scope", action="append", required=True, choices=SCOPES, help="what it may do; repeatable")
        types = ProviderType.values
        make.add_argument("--type", action="append", default=[], choices=types, help="only such providers; repeatable")
        make.add_argument("--days", type=int, default=90, help="how long it lives (90)")
        listed = what.add_parser("list", help="all tokens, the newest first")
        listed.add_argument("--owner", metavar="USERNAME", help="only those of this person")
        listed.add_argument("--json", action="store_true", help="for programs")
        what.add_parser("revoke", help="from now on it opens nothing").add_argument("id", help="the id, not the token")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            {"make": self._make, "list": self._list, "revoke": self._revoke}[options["what"]](options)
        except RefusedError as error:
            raise CommandError(str(error)) from error

    def _make(self, options: dict[str, Any]) -> None:
        owner = find_person(options["owner"])
        if owner is None:
            raise CommandError("Name the owner.")
        token, text = make_token(
            by=None,
            owner=owner,
            name=options["name"],
            scopes=options["scope"],
            provider_types=options["type"],
            days=options["days"],
        )
        self.stderr.write(
            f"Token {token.public_id} of {owner.get_username()} ends on {token.expires_at:%Y-%m-%d %H:%M} UTC. "
            "It is not shown again:",
            self.style.SUCCESS,
        )
        self.stdout.write(text)

    def _list(self, options: dict[str, Any]) -> None:
        tokens = Token.objects.select_related("owner")
        if options["owner"]:
            tokens = tokens.filter(owner__username=options["owner"])
        rows = [
            {
                "id": token.public_id,
                "name": token.name,
                "owner": token.owner.get_username(),
                "scopes": token.scopes,
                "provider_types": token.provider_types,
                "state": str(state_of(token)),
                "expires_at": f"{token.expires_at:%Y-%m-%dT%H:%M:%SZ}",
                "last_used_at": f"{token.last_used_at:%Y-%m-%dT%H:%M:%SZ}" if token.last_used_at else None,
            }
            for token in tokens
        ]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2))
            return
        for row in rows:
            what = f"{row['id']}  {row['state']:9}  until {row['expires_at']}  used {row['last_used_at'] or 'never'}"
            self.stdout.write(f"{what}  {row['owner']}: {row['name']} ({', '.join(row['scopes'])})")
        self.stdout.write(f"{len(rows)} in all.")

    def _revoke(self, options: dict[str, Any]) -> None:
        # Whoever types the token itself means its id; it must not be repeated in what is printed.
        token = Token.objects.select_related("owner").filter(public_id=options["id"]).first()
        if token is None:
            raise CommandError("There is no token with this id: see api_token list.")
        revoke_token(token, by=None)
        self.stdout.write(f"“{token.name}” of {token.owner} opens nothing any more.")
