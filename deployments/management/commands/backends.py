"""`manage.py backends`: every source, build and target backend that is installed here, and what fits together."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from deployments.backends import Listing, Registry
from deployments.builds import BUILDS, get_build
from deployments.sources import SOURCES, get_source
from deployments.targets import TARGETS, get_target

REGISTRIES: dict[str, Registry[Any]] = {"sources": SOURCES, "builds": BUILDS, "targets": TARGETS}


class Command(BaseCommand):
    help = "List the backends: versions, packages, what they produce and accept; a broken one says why."
    # A broken backend must not keep this from saying so.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs, with the schema of each config")

    def handle(self, *args: Any, **options: Any) -> None:
        found = {kind: [_row(kind, each) for each in registry.listings()] for kind, registry in REGISTRIES.items()}
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=2))
            return
        for kind, rows in found.items():
            self.stdout.write(kind.capitalize())
            for row in rows:
                self.stdout.write(f"  {row['backend']:<16} {row['version']:<9} {_fits(row):<28} {row['package']}")
                if row["error"]:
                    self.stdout.write(f"    {row['error']}")


def _row(kind: str, listing: Listing) -> dict[str, Any]:
    info = listing.info
    return {
        "backend": listing.spec,
        "package": listing.package,
        "version": info.version if info else "broken",
        "name": info.name if info else "",
        "schema": dict(info.schema) if info else {},
        "error": listing.error,
        **(_kinds(kind, listing.spec) if info else {"accepts": [], "produces": []}),
    }


def _kinds(kind: str, spec: str) -> dict[str, list[str]]:
    if kind == "sources":
        return {"accepts": [], "produces": sorted(get_source(spec).produces)}
    if kind == "builds":
        build = get_build(spec)
        return {"accepts": sorted(build.accepts), "produces": [build.produces]}
    return {"accepts": sorted(get_target(spec).accepts), "produces": []}


def _fits(row: dict[str, Any]) -> str:
    return " -> ".join(part for part in (", ".join(row["accepts"]), ", ".join(row["produces"])) if part)
