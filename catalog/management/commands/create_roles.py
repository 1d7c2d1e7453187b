"""`manage.py create_roles`: the groups that people are put into."""

from typing import Any

from django.core.management.base import BaseCommand

from catalog.actions.roles import create_roles


class Command(BaseCommand):
    help = "Make the roles (groups) that are missing; one that is there is left as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        made = create_roles()
        self.stdout.write(f"Made: {', '.join(made)}." if made else "All roles are there.")
