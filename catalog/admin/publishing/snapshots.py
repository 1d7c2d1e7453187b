"""The list of snapshots and the page of each: how it stands, what it changed, what else can be done with it."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from catalog.admin.direction import isolated_html
from catalog.admin.moments import when
from catalog.admin.pages import render_page
from catalog.admin.publishing.compare import offered_serials
from catalog.admin.publishing.plans import show_plan
from catalog.admin.publishing.receipts import receipt_of
from catalog.models import Snapshot, SnapshotChange
from catalog.models.snapshots import SnapshotState
from catalog.publishing.candidate import read_changes
from catalog.publishing.rollback import PUBLISHED

TONES = {
    SnapshotState.PENDING: "note",
    SnapshotState.PUBLISHING: "note",
    SnapshotState.LIVE: "good",
    SnapshotState.FAILED: "bad",
}


@admin.register(Snapshot)
class SnapshotAdmin(ModelAdmin):  # type: ignore[misc]
    """Nothing here is edited; a snapshot is made by publishing."""

    empty_value_display = "—"
    list_before_template = "admin/catalog/snapshots_explained.html"
    list_display = ("title", "badge", "changed", "note", "asked_by", "asked_at", "live_at")
    list_filter = ("state",)
    list_select_related = ("requested_by",)
    list_per_page = 50
    search_fields = ("note", "serial")
    search_help_text = "Search notes and serials"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Snapshot]":
        snapshots: QuerySet[Snapshot] = super().get_queryset(request)
        # Counted for the rows that are shown only; a join would count them all.
        changes = SnapshotChange.objects.filter(snapshot=OuterRef("pk")).order_by().values("snapshot")
        counts = Subquery(changes.annotate(count=Count("pk")).values("count"), output_field=IntegerField())
        return snapshots.annotate(change_count=Coalesce(counts, 0))

    @admin.display(description="Snapshot", ordering="serial")
    def title(self, snapshot: Snapshot) -> str:
        if snapshot.state not in PUBLISHED:
            return f"Publish of {when(snapshot.requested_at)}"
        back = f", back to {snapshot.rolled_back_to}" if snapshot.rolled_back_to else ""
        return f"Serial {snapshot.serial}{back}"

    @admin.display(description="State", ordering="state")
    def badge(self, snapshot: Snapshot) -> SafeString:
        return badge_html(snapshot)

    @admin.display(description="Changes", ordering="change_count")
    def changed(self, snapshot: Snapshot) -> str:
        return f"{snapshot.change_count:,}"  # type: ignore[attr-defined]

    @admin.display(description="Asked by", ordering="requested_by__username")
    def asked_by(self, snapshot: Snapshot) -> str:
        return isolated_html(snapshot.requested_by or "the system")

    @admin.display(description="Asked for", ordering="requested_at")
    def asked_at(self, snapshot: Snapshot) -> str:
        return when(snapshot.requested_at)

    @admin.display(description="Published", ordering="published_at")
    def live_at(self, snapshot: Snapshot) -> str:
        return when(snapshot.published_at if snapshot.state in PUBLISHED else None)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Snapshot | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Snapshot | None = None) -> bool:
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        snapshot = self.get_object(request, object_id)
        if snapshot is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, snapshot):
            raise PermissionDenied
        is_published = snapshot.state in PUBLISHED
        may_publish = request.user.has_perm("catalog.publish_snapshot")
        return render_page(
            request,
            "snapshot.html",
            title=self.title(snapshot),
            snapshot=snapshot,
            receipt=receipt_of(snapshot),
            badge=badge_html(snapshot),
            plan=show_plan(request, read_changes(snapshot).values()),
            serials=offered_serials(snapshot) if is_published else [],
            is_published=is_published,
            # Where readers get what it changed, while that is what they get.
            read_at=settings.REGISTRY_PUBLIC_URL if snapshot.state == SnapshotState.LIVE else "",
            may_publish=may_publish,
            may_roll_back=may_publish and is_published and snapshot.state != SnapshotState.LIVE,
        )


def badge_html(snapshot: Snapshot) -> SafeString:
    tone = TONES.get(SnapshotState(snapshot.state), "")
    return format_html(
        '<span class="rg-badge{}">{}</span>', f" rg-badge--{tone}" if tone else "", snapshot.get_state_display()
    )
