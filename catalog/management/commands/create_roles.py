"""`manage.py create_roles`: the groups that people are put into."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog.actions.roles import complete_roles, create_roles, find_lacking


class Command(BaseCommand):
    help = "Make the roles (groups) that are missing; one that is there is left as it is, unless --complete is given."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--complete",
            action="store_true",
            help="give roles that are there the permissions that they would be made with today; nothing is taken away",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        made = create_roles()
        self.stdout.write(f"Made: {', '.join(made)}." if made else "All roles are there.")
        if options["complete"]:
            self._tell(complete_roles(), "was given")
        elif lacking := find_lacking():
            self._tell(lacking, "lacks")
            self.stdout.write("Give them that with --complete, unless somebody took it from them on purpose.")

    def _tell(self, permissions: Mapping[str, Sequence[str]], what: str) -> None:
        for role, names in permissions.items():
            self.stdout.write(f"{role} {what}: {', '.join(names)}")
