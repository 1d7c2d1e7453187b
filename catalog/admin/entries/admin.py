"""Lists and forms of providers, builders and stacks."""

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import models
from django.forms import Script
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from catalog.actions.entries import create_entry, set_aliases, set_stack_providers
from catalog.actions.revisions import Change, lock_entry, record_revision
from catalog.admin.bulk.list_actions import LIST_ACTIONS
from catalog.admin.entries.fields import SchemaField
from catalog.admin.entries.fieldsets import BUILDER_GROUPS, STACK_GROUPS, Group, provider_groups
from catalog.admin.entries.forms import EntryForm, ProviderForm, StackForm
from catalog.admin.entries.lists import EntryListAdmin, ProviderListAdmin, StackListAdmin
from catalog.admin.entries.next_steps import head_of, tell_next_step
from catalog.admin.entries.reading import ReadingAdmin, reading_groups
from catalog.admin.entries.saving import SafeSavingAdmin
from catalog.admin.entries.suggestions import WORDS, most_used
from catalog.admin.entries.tabs import tabs_of
from catalog.admin.entries.widgets import SuggestingInput, TagsInput
from catalog.admin.entries.wording import CURRENCIES, HELP, LABELS
from catalog.admin.pages import may_change, may_change_entry, person_of, type_limits
from catalog.models import Builder, CatalogEntry, Provider, Stack
from catalog.models.fields import TagListField
from catalog.models.history import RevisionSource


class EntryAdmin(SafeSavingAdmin, ReadingAdmin, EntryListAdmin):
    """What all three have: a note per change, no silent overwrite, no deleting (the lifecycle removes an entry)."""

    class Media:
        js = (
            Script("catalog/tags.js", defer=True),
            Script("catalog/schema_editor.js", defer=True),
            Script("catalog/entry_form.js", defer=True),
        )

    form = EntryForm
    identity: ClassVar[tuple[str, ...]] = ("slug",)
    actions = LIST_ACTIONS
    # Labels stand above their inputs: several fit into one row.
    compressed_fields = False
    change_form_outer_before_template = "admin/catalog/entry_head.html"
    change_form_outer_after_template = "admin/catalog/entry_foot.html"

    def formfield_for_dbfield(self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        name = db_field.name
        kwargs |= {"label": LABELS[name]} if name in LABELS else {}
        kwargs |= {"help_text": HELP[name]} if name in HELP else {}
        if name == "config_schema":
            return SchemaField(required=False, label=LABELS[name], help_text=HELP[name])
        if isinstance(db_field, TagListField):
            kwargs["widget"] = TagsInput(suggestions=name)
        elif name == "currency":
            kwargs["widget"] = SuggestingInput(find=lambda: CURRENCIES, maxlength="3", size="5")
        elif name in WORDS and not db_field.choices:
            kwargs["widget"] = SuggestingInput(suggestions=name, find=partial(most_used, self.model, name))
        elif name == "description":
            kwargs["widget"] = UnfoldAdminTextareaWidget({"rows": 4})
        elif isinstance(db_field, models.URLField):
            # Django's own widget repeats the address as a link.
            kwargs |= {"assume_scheme": "https", "widget": UnfoldAdminTextInputWidget({"inputmode": "url"})}
            kwargs |= {"error_messages": {"invalid": "Write the whole address, such as https://example.com."}}
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        form = super().get_form(request, obj, change, **kwargs)
        form.may_change_schema = request.user.has_perm("catalog.change_config_schema")
        return form

    def groups_of(self, entry: CatalogEntry | None) -> Sequence[Group]:
        """The questions about an entry; None is one that is new."""
        raise NotImplementedError

    def get_fieldsets(self, request: HttpRequest, obj: CatalogEntry | None = None) -> Sequence[Group]:
        """Not an attribute: Django's check takes `providers` for the model's field, but the form has its own."""
        groups = self.groups_of(obj)
        return groups if obj is None or self.has_change_permission(request, obj) else reading_groups(groups)

    def get_readonly_fields(self, request: HttpRequest, obj: CatalogEntry | None = None) -> tuple[str, ...]:
        """The parts of the key stay for good once the entry exists."""
        return self.identity if obj else ()

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: CatalogEntry | None = None
    ) -> dict[str, tuple[str, ...]]:
        """The name in paths is made from the display name while a new entry is typed."""
        return {} if obj else {"slug": ("display_name",)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Somebody with type limits makes providers only."""
        return super().has_add_permission(request) and (self.model is Provider or not type_limits(request))

    def has_change_permission(self, request: HttpRequest, obj: CatalogEntry | None = None) -> bool:
        """What is beyond the person's type limits is only shown."""
        if not super().has_change_permission(request, obj):
            return False
        return may_change_entry(request, obj) if obj and obj.pk else may_change(request, self.model.kind)

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
        if isinstance(entry, Stack):
            set_stack_providers(entry, form.cleaned_data["providers"])
        reason = Change(
            by=person_of(request),
            note=form.cleaned_data["change_note"],
            breaking_schema_reason=form.cleaned_data["breaking_schema_reason"],
            source=RevisionSource.ADMIN,
        )
        tell_next_step(request, entry, record_revision(entry, reason))

    def message_user(
        self, request: HttpRequest, message: Any, level: Any = messages.INFO, *args: Any, **kw: Any
    ) -> None:
        """Django's own "was changed successfully" is left out: `tell_next_step` says more."""
        if level != messages.SUCCESS:
            super().message_user(request, message, level, *args, **kw)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        entry = self.get_object(request, object_id) if object_id else None
        extra = {"entry": entry, "entry_tabs": tabs_of(request, entry) if entry else [], "tab": "form"}
        extra |= head_of(entry) if entry else {}
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **extra})


@admin.register(Provider)
class ProviderAdmin(EntryAdmin, ProviderListAdmin):
    form = ProviderForm
    identity = ("slug", "provider_type")

    def groups_of(self, entry: CatalogEntry | None) -> Sequence[Group]:
        return provider_groups(entry.provider_type if isinstance(entry, Provider) else None)


@admin.register(Builder)
class BuilderAdmin(EntryAdmin):
    def groups_of(self, entry: CatalogEntry | None) -> Sequence[Group]:
        return BUILDER_GROUPS


@admin.register(Stack)
class StackAdmin(EntryAdmin, StackListAdmin):
    form = StackForm
    identity = ("slug", "category")

    def groups_of(self, entry: CatalogEntry | None) -> Sequence[Group]:
        return STACK_GROUPS
