"""`manage.py first_run`: bring a developer's machine to a published registry; running it again is harmless."""

import socket
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from catalog.actions.people import create_demo_people
from catalog.models import Snapshot
from catalog.models.snapshots import SnapshotState


class Command(BaseCommand):
    help = "Migrate, load the starter catalogue, make demo people, publish once. For make run; needs DJANGO_DEBUG."
    # A wrong port makes a wrong public URL, which is no news to who chose the port: that is looked at first.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", required=True, help="the port that the web process will take")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("This makes people with known passwords: it only runs with DJANGO_DEBUG=true.")
        _refuse_taken_port(options["port"])
        self.check()
        call_command("migrate", verbosity=0, interactive=False)
        call_command("load_starter_catalog", stdout=self.stdout)
        people = create_demo_people(settings.VAR_DIR / "demo-people.json")
        if not Snapshot.objects.filter(state=SnapshotState.LIVE).exists():
            call_command("publish", note="First publish", stdout=self.stdout)
        self._greet(people)

    def _greet(self, people: dict[str, str | None]) -> None:
        public_url = settings.REGISTRY_PUBLIC_URL
        self.stdout.write(f"\n  The admin      {public_url.removesuffix('/registry')}/admin/")
        for name, password in people.items():
            self.stdout.write(f"                 {name:14} {password or '(the password was changed)'}")
        self.stdout.write(f"  The registry   curl {public_url}/current.json")
        self.stdout.write(f"                 curl {public_url}/providers/cms/sanity.json")
        self.stdout.write("  Ctrl-C stops it.\n")


def _refuse_taken_port(text: str) -> None:
    port = int(text) if text.isascii() and text.isdecimal() and len(text) <= 5 else 0
    if not 1 <= port <= 65535:
        raise CommandError(f"Port {text} cannot be used; choose one from 1 to 65535: make run PORT=8001")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            another = f"choose another one: make run PORT={port % 60000 + 1}"
            raise CommandError(f"Port {port} cannot be used ({error}); {another}") from error
