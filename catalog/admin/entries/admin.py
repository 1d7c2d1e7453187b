"""Lists and forms of providers, builders and stacks."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminTextInputWidget

from catalog.actions.approvals import approve
from catalog.actions.entries import create_entry, set_aliases
from catalog.actions.errors import RefusedError
from catalog.actions.revisions import Change, lock_entry, record_revision
from catalog.admin.entries.forms import EntryForm, SchemaField
from catalog.admin.entries.lists import EntryListAdmin, ProviderListAdmin, StackListAdmin
from catalog.admin.entries.pickers import PickingMixin
from catalog.admin.entries.saving import SafeSavingAdmin
from catalog.admin.entries.stack_providers import StackProviderFormSet
from catalog.admin.entries.tabs import tabs_of
from catalog.admin.pages import person_of
from catalog.models import Builder, CatalogEntry, Provider, Stack, StackProvider
from catalog.models.choices import ProviderType
from catalog.models.fields import TagListField
from catalog.models.history import RevisionSource

NAMING = (
    "Naming",
    {"fields": ("display_name", "tier_name", "category", "description", "best_for", "icon", "website_url")},
)
COSTS = (
    "Costs",
    {"fields": (("monthly_cost_min", "monthly_cost_max"), ("setup_cost_min", "setup_cost_max"), "currency")},
)
FIT = (
    "Who it fits",
    {
        "description": "Separate several words by commas. Their order is the order that readers see.",
        "fields": ("target_market", "complexity_level", "ssg_engine_options", "key_features", "template_variants",
                   "hosting_pattern", "performance_tier"),
    },
)  # fmt: skip
OLD_NAMES = ("Old names", {"classes": ("collapse",), "fields": ("aliases",)})
CONFIGURATION = ("Configuration", {"classes": ("collapse",), "fields": ("backend", "config_schema")})
CHANGE = ("This change", {"fields": ("change_note", "expected_revision")})
TYPE_FIELDS = {
    ProviderType.CMS: ("cms_type",),
    ProviderType.ECOMMERCE: (("ecommerce_type", "transaction_fee_basis_points"),),
    ProviderType.SSG: (("implementation_language", "rendering_modes"),),
    ProviderType.SOURCE: ("source_type",),
}


class EntryAdmin(PickingMixin, SafeSavingAdmin, EntryListAdmin):
    """What all three have: a note per change, no silent overwrite, no deleting (the lifecycle removes an entry)."""

    form = EntryForm
    identity: ClassVar[tuple[str, ...]] = ("slug",)
    actions = ("approve_selected",)
    change_form_outer_before_template = "admin/catalog/entry_tabs.html"
    formfield_overrides: ClassVar[dict[type, Any]] = {TagListField: {"widget": UnfoldAdminTextInputWidget}}

    def formfield_for_dbfield(self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "config_schema":
            kwargs["form_class"] = SchemaField
        if isinstance(db_field, models.URLField):
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: CatalogEntry | None = None) -> tuple[str, ...]:
        """The parts of the key stay for good once the entry exists."""
        return self.identity if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: CatalogEntry | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: CatalogEntry, form: EntryForm, change: bool) -> None:  # noqa: FBT001
        if change:
            lock_entry(obj, expected_revision=form.cleaned_data["expected_revision"])
            super().save_model(request, obj, form, change)
        else:
            create_entry(obj, form.new_key)

    def save_related(self, request: HttpRequest, form: EntryForm, formsets: list[Any], change: bool) -> None:  # noqa: FBT001
        super().save_related(request, form, formsets, change)
        entry: CatalogEntry = form.instance
        entry.refresh_from_db()
        set_aliases(entry.key, form.cleaned_data["aliases"])
        reason = Change(
            by=person_of(request),
            note=form.cleaned_data["change_note"],
            source=RevisionSource.ADMIN,
            request_id=request.META.get("REGISTRY_REQUEST_ID", ""),
        )
        revision = record_revision(entry, reason)
        if revision is None:
            messages.info(request, "Nothing was different, so no revision was recorded.")
        else:
            messages.info(request, f"Recorded as revision {revision.number}; it can be approved now.")

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        entry = self.get_object(request, object_id) if object_id else None
        extra = {"entry": entry, "entry_tabs": tabs_of(request, entry) if entry else [], "tab": "form"}
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    def has_approve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("catalog.approve_revision")

    @admin.action(description="Approve the newest revision of each", permissions=["approve"])
    def approve_selected(self, request: HttpRequest, entries: QuerySet[CatalogEntry]) -> None:
        waiting = [entry for entry in entries.select_related("latest_revision") if not entry.is_approved]
        try:
            with transaction.atomic():
                for entry in waiting:
                    number = entry.latest_revision.number if entry.latest_revision else 0
                    approve(entry, number=number, by=person_of(request))
        except RefusedError as error:
            messages.error(request, f"None was approved. {error}")
        else:
            messages.success(request, f"{len(waiting)} approved; the rest was approved already.")


class StackProviderInline(PickingMixin, TabularInline):  # type: ignore[misc]
    model = StackProvider
    formset = StackProviderFormSet
    extra = 0
    autocomplete_fields = ("provider",)
    ordering_field = "position"
    hide_ordering_field = True
    verbose_name = "provider"


@admin.register(Provider)
class ProviderAdmin(EntryAdmin, ProviderListAdmin):
    identity = ("slug", "provider_type")
    autocomplete_fields = ("incompatible_builders",)
    fieldsets = (
        (None, {"fields": (("slug", "provider_type"),)}),
        NAMING,
        COSTS,
        FIT,
        ("Configuration", {"classes": ("collapse",), "fields": ("backend", "config_schema", "incompatible_builders")}),
        OLD_NAMES,
        CHANGE,
    )  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Provider | None = None) -> Any:
        """An entry shows the fields of its own type only; a new one shows them all, since its type is still open."""
        kinds = [ProviderType(obj.provider_type)] if obj else list(ProviderType)
        own = [(f"Only for: {kind.label}", {"fields": TYPE_FIELDS[kind]}) for kind in kinds]
        first, rest = self.fieldsets[:4], self.fieldsets[4:]
        return (*first, *own, *rest)


@admin.register(Builder)
class BuilderAdmin(EntryAdmin):
    fieldsets = (
        (None, {"fields": ("slug",)}),
        ("Naming", {"fields": ("display_name", "category", "description", "best_for", "icon", "website_url")}),
        ("What it can do", {"fields": ("ssg_engine_options", "key_features")}),
        CONFIGURATION,
        OLD_NAMES,
        CHANGE,
    )


@admin.register(Stack)
class StackAdmin(EntryAdmin, StackListAdmin):
    identity = ("slug", "category")
    autocomplete_fields = ("builder",)
    inlines = (StackProviderInline,)
    fieldsets = (
        (None, {"fields": (("slug", "category"),)}),
        ("Naming", {"fields": ("display_name", "tier_name", "description", "best_for", "icon", "website_url")}),
        COSTS,
        (FIT[0], {**FIT[1], "fields": (*FIT[1]["fields"], "key_benefits")}),
        ("Built with", {"fields": ("builder",)}),
        OLD_NAMES,
        CHANGE,
    )
