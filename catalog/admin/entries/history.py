"""The page of all revisions of an entry, with what differs between any two."""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from catalog.admin.comparison import compare_revisions
from catalog.admin.differences import readable
from catalog.admin.direction import isolated
from catalog.admin.entries.tabs import tabs_of
from catalog.admin.pages import find_or_404, may_change_entry, render_page
from catalog.models import Revision, Snapshot, SnapshotChange
from catalog.models.history import RevisionSource
from catalog.publishing.rollback import PUBLISHED

PER_PAGE = 25
SHOWN_SNAPSHOTS = 3
SOURCES = {
    RevisionSource.ADMIN: "a form",
    RevisionSource.API: "the API",
    RevisionSource.COMMAND: "a command",
    RevisionSource.IMPORT: "an import",
    RevisionSource.RESTORE: "a restore",
    RevisionSource.STARTER: "the starter catalogue",
}


def history_page(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """GET only shows: `page`, and the numbers `from` and `to` of two revisions to compare."""
    entry = find_or_404(request, kind, pk)
    revisions = Revision.objects.filter(entry_key=entry.key).order_by("-number").defer("canonical")
    page = Paginator(revisions.select_related("author").prefetch_related("approvals__decided_by"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    snapshots = _snapshots_of([revision.pk for revision in page])
    newest = entry.latest_revision.number if entry.latest_revision else 0
    return render_page(
        request,
        "history.html",
        title=f"History of {isolated(entry.display_name)}",
        entry=entry,
        entry_tabs=tabs_of(request, entry),
        tab="history",
        page=page,
        lines=[
            {
                "revision": revision,
                "source": SOURCES[RevisionSource(revision.source)],
                "previous": revision.number - 1,
                "snapshots": snapshots[revision.pk][:SHOWN_SNAPSHOTS],
                "more_snapshots": len(snapshots[revision.pk]) - SHOWN_SNAPSHOTS,
            }
            for revision in page
        ],
        newest=newest,
        live_number=entry.live_revision.number if entry.live_revision else 0,
        may_restore=may_change_entry(request, entry),
        **compare_revisions(request, entry.key, newest=newest, readable=partial(readable, entry.kind)),
    )


def _snapshots_of(revision_ids: Sequence[int]) -> dict[int, list[Snapshot]]:
    """Revision id -> the snapshots that brought it to readers, newest first. One query."""
    found: dict[int, list[Snapshot]] = defaultdict(list)
    changes = SnapshotChange.objects.filter(new_revision__in=revision_ids, snapshot__state__in=PUBLISHED)
    for change in changes.select_related("snapshot").order_by("-snapshot__serial"):
        if change.new_revision_id is not None:
            found[change.new_revision_id].append(change.snapshot)
    return found
