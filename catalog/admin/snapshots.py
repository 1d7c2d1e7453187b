"""The list of snapshots, and the page that publishes what is approved."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin
from unfold.decorators import display

from catalog.actions.errors import ActionRefused
from catalog.actions.snapshots import request_snapshot
from catalog.admin.people import person_of
from catalog.documents.diff import Difference, diff_documents
from catalog.models import Revision, Snapshot
from catalog.models.snapshots import SnapshotState
from catalog.publishing.candidate import collect_changes, find_problems
from catalog.publishing.plan import Change

SHOWN_CHANGES = 100
TIMES = ("requested_at", "published_at", "finished_at")
STATE_LABELS = {
    SnapshotState.PENDING: "info",
    SnapshotState.PUBLISHING: "info",
    SnapshotState.LIVE: "success",
    SnapshotState.FAILED: "danger",
}


@admin.register(Snapshot)
class SnapshotAdmin(ModelAdmin):  # type: ignore[misc]
    """Nothing here is edited; a snapshot is made by publishing."""

    list_display = ("__str__", "colored_state", "note", "requested_by", "requested_at", "published_at")
    list_filter = ("state",)
    list_select_related = ("requested_by",)
    fields = ("state", "serial", "note", "requested_by", *TIMES, "path", "sha256", "failure_reason")
    change_form_template = "admin/catalog/snapshot.html"

    @display(description="State", label=STATE_LABELS)
    def colored_state(self, snapshot: Snapshot) -> tuple[str, str]:
        return snapshot.state, snapshot.get_state_display()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Snapshot | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Snapshot | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.publish_view)
        return [path("publish/", view, name="catalog_snapshot_publish"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        snapshot = self.get_object(request, object_id)
        extra = {
            "changes": snapshot.changes.select_related("old_revision", "new_revision")[:SHOWN_CHANGES]
            if snapshot
            else [],
            "count": snapshot.changes.count() if snapshot else 0,
            "running": snapshot is not None and snapshot.state in (SnapshotState.PENDING, SnapshotState.PUBLISHING),
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    def publish_view(self, request: HttpRequest) -> HttpResponse:
        """GET shows the plan, POST asks for the publish."""
        if not request.user.has_perm("catalog.publish_snapshot"):
            raise PermissionDenied
        if request.method == "POST":
            return self._publish(request)
        changes = collect_changes()
        context = {
            **self.admin_site.each_context(request),
            "title": "Publish",
            "opts": self.opts,
            "count": len(changes),
            "changes": _shown(list(changes.values())[:SHOWN_CHANGES]),
            "problems": find_problems(changes),
            "live": Snapshot.objects.filter(state=SnapshotState.LIVE).first(),
        }
        return TemplateResponse(request, "admin/catalog/publish.html", context)

    def _publish(self, request: HttpRequest) -> HttpResponse:
        try:
            snapshot = request_snapshot(by=person_of(request), note=request.POST.get("note", "").strip())
        except ActionRefused as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.path)
        return HttpResponseRedirect(reverse("admin:catalog_snapshot_change", args=(snapshot.pk,)))


def _shown(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """The changes with their differences, field by field. One query."""
    ids = {side.revision_id for change in changes for side in (change.old, change.new) if side}
    revisions = Revision.objects.select_related("author").in_bulk(ids)
    return [
        {
            "key": change.key,
            "verb": change.verb,
            "note": revisions[change.new.revision_id].change_note,
            "author": revisions[change.new.revision_id].author,
            "differences": _differences(change, revisions),
        }
        for change in changes
    ]


def _differences(change: Change, revisions: Mapping[int, Revision]) -> list[Difference]:
    if change.old is None:
        return []
    return diff_documents(revisions[change.old.revision_id].document, revisions[change.new.revision_id].document)
