"""The page that shows an entry as readers get it, and as they would after the next publish."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from catalog.admin.differences import readable
from catalog.admin.direction import isolated
from catalog.admin.entries.tabs import tabs_of
from catalog.admin.pages import find_or_404, render_page
from catalog.models import CatalogEntry, Revision, Snapshot, SnapshotChange
from catalog.models.choices import Lifecycle
from catalog.publishing.rollback import PUBLISHED
from catalog.publishing.tree import copy_path, object_path, render_copy


def preview_page(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """GET only shows."""
    entry = find_or_404(request, kind, pk)
    live, latest = entry.live_revision, entry.latest_revision
    serial = Snapshot.objects.filter(state__in=PUBLISHED).order_by("-serial").values_list("serial", flat=True).first()
    is_readable = live is not None and live.lifecycle != Lifecycle.REMOVED
    return render_page(
        request,
        "preview.html",
        title=f"What readers get of {isolated(entry.display_name)}",
        entry=entry,
        entry_tabs=tabs_of(request, entry),
        tab="preview",
        revision=latest,
        live=live,
        is_readable=is_readable,
        live_text=_text(entry, live, serial=_serial_of(entry) or 0) if live and is_readable else "",
        new_text=_text(entry, latest, serial=(serial or 0) + 1) if latest and not entry.is_live else "",
        differences=readable(kind, live.document, latest.document) if live and latest and not entry.is_live else [],
        address=_address(request, copy_path(entry.key)),
        object_address=_address(request, object_path(live.sha256)) if live and is_readable else "",
    )


def _text(entry: CatalogEntry, revision: Revision, *, serial: int) -> str:
    """The bytes that a publish under `serial` writes; empty for what would only leave a note that it is gone."""
    if revision.lifecycle == Lifecycle.REMOVED:
        return ""
    file = render_copy(entry.key, revision.document, last_updated=revision.created_at, serial=serial)
    return file.content.decode()


def _serial_of(entry: CatalogEntry) -> int | None:
    """The serial under which the live copy was written."""
    changes = SnapshotChange.objects.filter(new_revision=entry.live_revision_id, snapshot__state__in=PUBLISHED)
    return changes.order_by("-snapshot__serial").values_list("snapshot__serial", flat=True).first()


def _address(request: HttpRequest, path: str) -> str:
    if settings.REGISTRY_PUBLIC_URL:
        return f"{settings.REGISTRY_PUBLIC_URL}/{path}"
    return request.build_absolute_uri(reverse("published-file", args=(path,)))
