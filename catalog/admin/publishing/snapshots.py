"""The list of snapshots and the page of each, with the pages that publish and roll back."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from catalog.admin.publishing.plans import SHOWN_CHANGES
from catalog.models import Snapshot
from catalog.models.snapshots import SnapshotState

TIMES = ("requested_at", "published_at", "finished_at", "cdn_visible_at")
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
    fields = ("state", "serial", "rolled_back_to", "note", "requested_by", *TIMES, "path", "sha256", "failure_reason")
    actions_detail = ("roll_back",)
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

    def has_publish_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("catalog.publish_snapshot")

    @action(description="Roll back to this", icon="undo", permissions=["publish"])
    def roll_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("pages:roll-back", args=(object_id,)))

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
