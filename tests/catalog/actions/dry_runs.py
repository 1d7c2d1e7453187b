"""Dry runs of small files, and what they say."""

import json
from typing import Any

from django.contrib.auth.models import User

from catalog.actions.imports import try_import
from catalog.models import Import
from tests.catalog.documents.sheets import csv_bytes

HEADER = ("provider_type", "provider_name", "display_name", "category", "cms_type")


def csv_import(by: User, *rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> Import:
    return try_import(csv_bytes([header, *rows]), file_name="list.csv", by=by)


def json_import(by: User, *documents: Any) -> Import:
    return try_import(json.dumps(documents).encode(), file_name="list.json", by=by)


def verdicts(found: Import) -> list[tuple[int, str, str]]:
    return [(row["line"], row["key"], row["verdict"]) for row in found.rows]


def problems(found: Import) -> list[list[tuple[str, str]]]:
    return [[(problem["column"], problem["message"]) for problem in row.get("problems", [])] for row in found.rows]
