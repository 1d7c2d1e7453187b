"""`GET /snapshots` and `/snapshots/{serial}`: what was published when; why and by whom for those who may see it."""

import json
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from catalog.api.base import holds_scope
from catalog.api.read.answers import LIVE_CACHE, NOT_KEPT, Freshness, ReadView, answer_with, etag_of
from catalog.api.read.paging import Cursor, Position, link_next, read_cursor, write_cursor
from catalog.api.read.parameters import read_query, refuse_parameters
from catalog.api.read.snapshot_shapes import SNAPSHOT_SHAPE, SNAPSHOTS_SHAPE
from catalog.models import Snapshot
from catalog.models.choices import Lifecycle
from catalog.publishing.rollback import PUBLISHED
from catalog.publishing.tree import time_text

LISTING = "snapshots"


class SnapshotListView(ReadView):
    """What was published, the newest first."""

    @extend_schema(**SNAPSHOTS_SHAPE)
    def get(self, request: Request) -> HttpResponse:
        query = read_query(request, ("cursor", "limit"))
        limit = query.limit()
        query.check()
        rows = published().order_by("-serial")
        if "cursor" in query.values:
            rows = rows.filter(serial__lt=read_cursor(query.values["cursor"], listing=LISTING).serial)
        found = list(rows[: limit + 1])
        inside = holds_scope(request, "entries:read")
        rendered = [render_snapshot(snapshot, inside=inside) for snapshot in found[:limit]]
        answer = answer_json(request, rendered, inside=inside)
        if len(found) > limit:
            cursor = Cursor(found[limit - 1].serial or 0, Position(None, ""))
            answer["Link"] = link_next(request, write_cursor(cursor, listing=LISTING))
        return answer


class SnapshotView(ReadView):
    """One published snapshot, and how many entries it added, changed and removed."""

    @extend_schema(**SNAPSHOT_SHAPE)
    def get(self, request: Request, serial: int) -> HttpResponse:
        refuse_parameters(request)
        snapshot = find_published(serial)
        inside = holds_scope(request, "entries:read")
        body = {**render_snapshot(snapshot, inside=inside), "changes": count_changes(snapshot)}
        return answer_json(request, body, inside=inside)


def published() -> QuerySet[Snapshot]:
    return Snapshot.objects.filter(state__in=PUBLISHED).select_related("requested_by")


def find_published(serial: int) -> Snapshot:
    """One query. Raises NotFound."""
    snapshot = published().filter(serial=serial).first()
    if snapshot is None:
        raise NotFound(f"Serial {serial} was never published.")
    return snapshot


def render_snapshot(snapshot: Snapshot, *, inside: bool) -> dict[str, Any]:
    """What everybody may know; notes and names for those inside."""
    public = {
        "serial": snapshot.serial,
        "state": snapshot.state,
        "published_at": _text(snapshot.published_at),
        "rolled_back_to": snapshot.rolled_back_to,
        "path": snapshot.path,
        "sha256": snapshot.sha256,
        "is_kept": snapshot.collected_at is None,
    }
    if not inside:
        return public
    return {
        **public,
        "note": snapshot.note,
        "requested_by": snapshot.requested_by.get_username() if snapshot.requested_by else None,
        "requested_at": _text(snapshot.requested_at),
        "finished_at": _text(snapshot.finished_at),
    }


def count_changes(snapshot: Snapshot) -> dict[str, int]:
    """What it did to what readers see: `{"added", "changed", "removed"}`. One query."""
    was_live, is_live = (
        Q(**{f"{side}_revision__isnull": False}) & ~Q(**{f"{side}_revision__lifecycle": Lifecycle.REMOVED})
        for side in ("old", "new")
    )
    return snapshot.changes.order_by().aggregate(
        added=Count("pk", filter=is_live & ~was_live),
        changed=Count("pk", filter=is_live & was_live),
        removed=Count("pk", filter=was_live & ~is_live),
    )


def answer_json(request: Request, body: Any, *, inside: bool) -> HttpResponse:
    """A small answer, which is its own ETag; nobody else may keep what is for those inside."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return answer_with(
        request, content, freshness=Freshness(etag_of(content), cache=NOT_KEPT if inside else LIVE_CACHE)
    )


def _text(moment: datetime | None) -> str | None:
    return time_text(moment) if moment else None
