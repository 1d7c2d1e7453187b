"""`manage.py import_services FILE`: brings in services that another system stored; docs/services.md has the mapping."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError

from deployments.actions.services.importing import Into, Report, import_services
from deployments.actions.services.legacy import LegacyError, records_in
from deployments.runner.secrets import KeyringError

MAX_BYTES = 20_000_000
TARGET, TARGET_CONFIG = "directory@1", '{"folder": "{name}"}'


class Command(BaseCommand):
    help = "Import services that were stored with hard-coded names; without --apply, only say what would happen."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="JSON: a service, a list of services, or {services: [...]}")
        parser.add_argument("--apply", action="store_true", help="write them, if none is refused")
        parser.add_argument("--team", help="the group that they belong to (default: those who see every service)")
        parser.add_argument("--target", default=TARGET, help=f"where those go that name no target (default {TARGET})")
        parser.add_argument(
            "--target-config", default=TARGET_CONFIG, help="its config; {name} becomes the service's name"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        into = Into(
            team=_team(options["team"]),
            target=options["target"],
            target_config=_read_object(options["target_config"]),
        )
        try:
            reports, is_applied = import_services(_read(options["file"]), into, applies=options["apply"])
        except KeyringError as error:
            raise CommandError(str(error)) from error
        for line in table_of(reports):
            self.stdout.write(line)
        refused = sum(report.fate == "refused" for report in reports)
        if refused:
            raise CommandError(f"Nothing was imported: {refused} of {len(reports)} refused.")
        self.stdout.write("Imported." if is_applied else "Nothing was written. Say --apply to import them.")


def table_of(reports: Sequence[Report]) -> list[str]:
    """Lines in columns; what is to be said of a service is below it."""
    rows = [("Service", "Provider -> builder", "What becomes of it")]
    rows += [(report.name, report.refers, report.fate.value) for report in reports]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    notes = [[], *(report.notes for report in reports)]
    lines = []
    for row, said in zip(rows, notes, strict=True):
        lines.append(f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}")
        lines += [f"    {note}" for note in said]
    return lines


def _team(name: str | None) -> Group | None:
    if name is None:
        return None
    team = Group.objects.filter(name=name).first()
    if team is None:
        raise CommandError(f"There is no group {name!r}.")
    return team


def _read(path: Path) -> list[Any]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CommandError(f"{path} has more than {MAX_BYTES:,} bytes.")
        return records_in(json.loads(path.read_text()))
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError, LegacyError) as error:
        raise CommandError(f"{path}: {error}") from error


def _read_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise CommandError(f"--target-config is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise CommandError("--target-config is no JSON object.")
    return value
