"""`manage.py connection set|list|secret|remove`: places where backends work, by whoever runs the server."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from deployments.actions.connections import REGISTRIES, Wanted, remove_connection, set_connection
from deployments.actions.errors import RefusedError, RefusedFieldError
from deployments.actions.secrets import forget_secret, set_secret
from deployments.contract import PermanentError
from deployments.models import Connection
from deployments.runner.secrets import KeyringError


class Command(BaseCommand):
    help = "Make, change, list or remove connections: accounts, mirrors and hosts of sources and builds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        made = what.add_parser("set", help="make one, or change what is given of it")
        made.add_argument("name")
        made.add_argument("--kind", required=True, choices=[str(kind) for kind in REGISTRIES])
        made.add_argument("--backend", required=True, metavar="git@1")
        made.add_argument("--config", metavar="JSON", help="its part of the settings, all of it; - reads it from input")
        made.add_argument("--label", action="append", metavar="NAME=TEXT", help="services choose by them; all of them")
        made.add_argument("--priority", type=int, help="lower ones come first (0)")
        made.add_argument("--weight", type=int, help="its share of the work among those of one priority (1)")
        made.add_argument("--max-running", type=int, help="deployments at once; 0 for any number (0)")
        state = made.add_mutually_exclusive_group()
        state.add_argument(
            "--off", dest="is_enabled", action="store_false", default=None, help="no new work goes there"
        )
        state.add_argument("--on", dest="is_enabled", action="store_true", default=None)
        listed = what.add_parser("list", help="all of them, with how they fare")
        listed.add_argument("--json", action="store_true", help="for programs")
        secret = what.add_parser("secret", help="keep a secret of one; its value comes from the input")
        secret.add_argument("name")
        secret.add_argument("secret", metavar="SECRET")
        secret.add_argument("--forget", action="store_true")
        what.add_parser("remove", help="one that nobody uses and nothing ran on").add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        do = {"set": self._set, "list": self._list, "secret": self._secret, "remove": self._remove}
        try:
            do[options["what"]](options)
        except RefusedFieldError as error:
            raise CommandError(f"{error.field}: {error}") from error
        except (RefusedError, KeyringError, PermanentError) as error:
            raise CommandError(str(error)) from error

    def _set(self, options: dict[str, Any]) -> None:
        numbers = {name: options[name] for name in ("priority", "weight", "max_running", "is_enabled")}
        wanted = Wanted(config=_config(options["config"]), labels=_labels(options["label"]), **numbers)
        connection, is_new = set_connection(
            options["name"], kind=options["kind"], backend=options["backend"], wanted=wanted
        )
        self.stdout.write(f"{connection} is {'made' if is_new else 'changed'}.")

    def _list(self, options: dict[str, Any]) -> None:
        rows = [_row(connection) for connection in Connection.objects.prefetch_related("secrets")]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2))
            return
        for row in rows:
            labels = " ".join(f"{name}={text}" for name, text in row["labels"].items())
            place = f"{row['name']:<20} {row['kind']:<6} {row['backend']:<16} {row['state']:<8}"
            share = f"priority {row['priority']}, weight {row['weight']}, at most {row['max_running'] or 'any'}"
            self.stdout.write(f"{place} {share}  {labels}".rstrip())
        self.stdout.write(f"{len(rows)} in all.")

    def _secret(self, options: dict[str, Any]) -> None:
        connection = _find(options["name"])
        if options["forget"]:
            forget_secret(connection, options["secret"])
            self.stdout.write(f"{connection} has no secret {options['secret']}.")
            return
        set_secret(connection, options["secret"], sys.stdin.read().rstrip("\n"))
        self.stdout.write(f"Secret {options['secret']} of {connection} is kept.")

    def _remove(self, options: dict[str, Any]) -> None:
        connection = _find(options["name"])
        remove_connection(connection)
        self.stdout.write(f"{options['name']} is removed.")


def _find(name: str) -> Connection:
    connection = Connection.objects.filter(name=name).first()
    if connection is None:
        raise CommandError(f"There is no connection {name!r:.80}: see connection list.")
    return connection


def _config(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        config = json.loads(sys.stdin.read() if text == "-" else text)
    except ValueError as error:
        raise CommandError(f"--config is not JSON: {error}") from error
    if not isinstance(config, dict):
        raise CommandError("--config has to be a JSON object of settings.")
    return config


def _labels(given: list[str] | None) -> dict[str, str] | None:
    if given is None:
        return None
    wrong = [each for each in given if not each.partition("=")[0] or "=" not in each]
    if wrong:
        raise CommandError(f"Write a label as NAME=TEXT, not {wrong[0]!r:.80}.")
    return {name: text for name, _, text in (each.partition("=") for each in given)}


def _row(connection: Connection) -> dict[str, Any]:
    state = "off" if not connection.is_enabled else "rests" if connection.open_until else "ready"
    return {
        "name": connection.name,
        "kind": connection.kind,
        "backend": connection.backend,
        "state": state,
        "failures": connection.fails,
        "config": connection.config,
        "labels": connection.labels,
        "priority": connection.priority,
        "weight": connection.weight,
        "max_running": connection.max_running,
        "secrets": sorted(secret.name for secret in connection.secrets.all()),
    }
