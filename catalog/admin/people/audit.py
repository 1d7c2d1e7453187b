"""The audit log for administrators, and the activity feed for everybody: read-only, newest first."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import Truncator
from unfold.admin import ModelAdmin
from unfold.decorators import display

from catalog.admin.direction import isolated, isolated_html
from catalog.admin.moments import when
from catalog.admin.people.filters import DayFilter, KindFilter, PersonFilter, VerbFilter
from catalog.admin.people.records import BoundedPaginator, RecordList, Records, all_records, narrow
from catalog.admin.people.targets import find_targets, kept_as
from catalog.models import ENTRY_MODELS, Activity, AuditRecord
from catalog.models.audit import CATALOGUE_VERBS, Verb

LABELS = {
    **dict.fromkeys(Verb, "default"),
    **dict.fromkeys((Verb.APPROVED, Verb.PUBLISHED), "success"),
    **dict.fromkeys((Verb.REJECTED, Verb.PUBLISH_FAILED, Verb.SIGN_IN_FAILED, Verb.REFUSED), "danger"),
    **dict.fromkeys((Verb.WITHDRAWN, Verb.ROLLBACK_REQUESTED, Verb.PERMISSIONS_CHANGED), "warning"),
    **dict.fromkeys((Verb.CREATED, Verb.EDITED, Verb.PUBLISH_REQUESTED, Verb.IMPORTED), "info"),
}
MAX_NAMES = 50
# A name of 150 letters would push the rest of the table out of sight; its page shows it whole.
MAX_SHOWN = 60


class RecordAdmin(ModelAdmin):  # type: ignore[misc]
    """What both lists have; nothing here is added, changed or deleted by anybody."""

    actions = ()
    sortable_by = ()
    ordering = ("-at", "-pk")
    list_per_page = 50
    list_filter_submit = True
    list_max_show_all = 0
    counted = ("event", "events")
    empty_value_display = "—"
    # Counting every choice would read the whole log.
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    paginator = BoundedPaginator
    search_fields = ("object_name",)
    search_help_text = "Name or key of the object"

    def get_queryset(self, request: HttpRequest) -> Records:
        return all_records(self.model)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[RecordList]:
        return RecordList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The record with its `target`, and a `heading` that names what it is about as people do."""
        record = super().get_object(request, object_id, from_field)
        if record is not None:
            about = (record.verb, record.object_name)
            record.target = find_targets(request, [about])[about]
            record.heading = f"{record.get_verb_display()} {isolated(record.target.name)}".strip()
        return record

    def get_search_results(self, request: HttpRequest, queryset: Records, search_term: str) -> tuple[Records, bool]:
        """Part of the object's name, or of the name that an entry or a snapshot has on its page."""
        term = search_term.strip()[:100]
        if not term:
            return queryset, False
        keys: list[str] = []
        for model in ENTRY_MODELS:
            named = model._default_manager.filter(display_name__icontains=term)
            keys += named.order_by().values_list("key", flat=True)[:MAX_NAMES]
        named_so = Q(object_name__icontains=term) | Q(object_name__in=keys) | kept_as(term)
        return narrow(queryset, named_so, common=named_so), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="When")
    def when(self, record: AuditRecord) -> str:
        return when(record.at)

    @admin.display(description="Who")
    def who(self, record: AuditRecord) -> str:
        if record.by is None:
            return "somebody unknown" if record.verb == Verb.SIGN_IN_FAILED else "the system"
        return isolated_html(Truncator(record.by.get_full_name() or record.by.get_username()).chars(MAX_SHOWN))

    @display(description="What", label=LABELS)
    def what(self, record: AuditRecord) -> tuple[str, str]:
        return record.verb, record.get_verb_display()

    @admin.display(description="What")
    def deed(self, record: AuditRecord) -> str:
        return record.get_verb_display()

    @admin.display(description="Object")
    def target(self, record: Any) -> str:
        name = Truncator(record.target.name).chars(MAX_SHOWN)
        if not record.target.address:
            return isolated_html(name) if name else "—"
        return format_html('<a class="rg-link" href="{}"><bdi>{}</bdi></a>', record.target.address, name)

    @admin.display(description="Details")
    def why(self, record: AuditRecord) -> str:
        return isolated_html(record.detail) if record.detail else "—"


@admin.register(AuditRecord)
class AuditRecordAdmin(RecordAdmin):
    list_title = "Audit log"
    list_display = ("when", "who", "what", "target", "why")
    list_filter = (PersonFilter, VerbFilter, KindFilter, ("at", DayFilter))
    fields = ("when", "who", "deed", "target", "why", "address", "request_number")
    readonly_fields = ("when", "who", "deed", "target", "why", "request_number")

    @admin.display(description="Number of the request, for whoever runs the registry")
    def request_number(self, record: AuditRecord) -> str:
        return record.request_id


@admin.register(Activity)
class ActivityAdmin(RecordAdmin):
    """Without addresses and accounts: what becomes of the catalogue."""

    list_display = ("when", "who", "what", "target", "why")
    list_filter = (PersonFilter, VerbFilter, KindFilter, ("at", DayFilter))
    fields = ("when", "who", "deed", "target", "why")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Records:
        return super().get_queryset(request).filter(plain_verb__in=CATALOGUE_VERBS)
