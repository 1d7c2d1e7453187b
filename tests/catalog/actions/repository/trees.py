"""Small catalogues and folders for the tests of the Git layout."""

import json
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User

from catalog.actions.repository.exporting import export_registry
from catalog.actions.repository.importing import Plan, apply_plan, plan_import
from catalog.documents.layout import write_document
from catalog.documents.mapping import key_of
from tests.factories import SANITY, builder_document, provider_document, save, stack_document

SANITY_KEY = "providers/cms/sanity"
OLD = {"since": "2026-01-01", "reason": "Old"}
DOCUMENTS: list[tuple[str, dict[str, Any]]] = [
    ("builder", builder_document("hugo", config_schema={"type": "object", "properties": {"b": {}, "a": {}}})),
    ("provider", {**SANITY, "aliases": ["providers/cms/sanity_io"], "incompatible_builders": ["hugo"]}),
    ("provider", provider_document("decap", lifecycle={"state": "removed", "replacement": SANITY_KEY, **OLD})),
    ("stack", stack_document("marketing", builder="hugo", providers={"cms": ["sanity"]})),
]  # fmt: skip
KEYS = sorted(key_of(kind, document) for kind, document in DOCUMENTS)


def fill(person: User) -> None:
    """The catalogue of DOCUMENTS, as drafts of a person."""
    for kind, document in DOCUMENTS:
        save(kind, document, person, approved=False)


def write(folder: Path, *documents: tuple[str, dict[str, Any]]) -> None:
    """Files of documents, without any mark."""
    for kind, document in documents:
        path = folder / f"{key_of(kind, document)}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(write_document(kind, document))


def edit(folder: Path, key: str, **members: Any) -> None:
    """Change members in a file, as an editor of files does."""
    path = folder / f"{key}.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **members}))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def exported(folder: Path) -> dict[str, bytes]:
    export_registry(folder)
    return contents(folder)


def imported(folder: Path, by: User, **options: Any) -> Plan:
    plan = plan_import(folder, by=by, **options)
    apply_plan(plan, note="From Git", by=by)
    return plan
