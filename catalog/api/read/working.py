"""What is not live: the newest revisions (`draft`) and what may be published (`approved`), rendered one by one."""

import json
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound

from catalog.api.addresses import find_working
from catalog.api.read.lookup import gone
from catalog.api.read.pages import Asked, Page
from catalog.api.read.paging import KEY, MONTHLY_COST, NAME, UPDATED, Cursor, Position
from catalog.api.read.shapes import APPROVED, DRAFT, GROUPS
from catalog.documents.mapping import listed_members
from catalog.models import ENTRY_MODELS, CatalogEntry, Revision
from catalog.models.choices import Lifecycle
from catalog.publishing.tree import time_text

REVISIONS = {APPROVED: "approved_revision", DRAFT: "latest_revision"}
# Sorting is by the working copy, in both states; only times are those of the revision.
COLUMNS = {KEY: "key", NAME: "display_name", MONTHLY_COST: "monthly_cost_min"}


def read_working_page(asked: Asked) -> Page:
    """What is asked of the working copies; what was removed is a draft, too, but never to be published. One query."""
    column, cursor, limit = REVISIONS[asked.state], asked.cursor, asked.limit
    model = next(model for model in ENTRY_MODELS if model.kind == asked.kind)
    rows: QuerySet[Any] = model.objects.filter(**{f"{column}__isnull": False}).select_related(column)
    if asked.group:
        rows = rows.filter(**{GROUPS[asked.kind]: asked.group})
    if asked.state == APPROVED:
        rows = rows.exclude(**{f"{column}__lifecycle": Lifecycle.REMOVED})
    order = replace(asked.order, columns={**COLUMNS, UPDATED: f"{column}__created_at"})
    rows = order.sort(rows)
    found = list(rows.filter(order.after(cursor.position))[: limit + 1] if cursor else rows[: limit + 1])
    bodies = [working_body(getattr(row, column)) for row in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    return Page(bodies, Cursor(0, Position(getattr(last, "value", None), last.key)) if last else None)


def find_revision(kind: str, name: str, *, state: str, path: str) -> tuple[CatalogEntry, Revision]:
    """The entry and its revision. Raises NotFound, ConflictError, MovedError or, for what was removed, GoneError."""
    entry = find_working(kind, name, path=path)
    revision: Revision | None = getattr(entry, REVISIONS[state])
    if revision is None:
        raise NotFound(f"No revision of {entry.key} is approved.")
    if state == APPROVED and revision.lifecycle == Lifecycle.REMOVED:
        raise gone(revision)
    return entry, revision


def working_body(revision: Revision) -> str:
    """A document that is not live: with its number in place of a serial."""
    stamped = {"last_updated": time_text(revision.created_at), "revision": revision.number}
    whole = listed_members(revision.entry_key, revision.document) | revision.document | stamped
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
