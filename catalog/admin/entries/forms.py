"""The form of one entry: the row's fields, its aliases, the reason for the change, and what the editor began with.

The whole document is judged before anything is written, so that a message stands at the field that it is about.
"""

from typing import Any, ClassVar

from django import forms
from django.core.validators import RegexValidator
from unfold.widgets import UnfoldAdminTextInputWidget

from catalog.actions.direction import saving_problems
from catalog.actions.entries import missing_references, refuse_taken_key
from catalog.actions.errors import InvalidDocumentError, RefusedError, RefusedFieldError, SchemaGateError
from catalog.actions.revisions import MAX_NOTE, MAX_REASON, clean_note
from catalog.admin.entries.fields import BuilderField, BuildersField, ProvidersField, SchemaField
from catalog.admin.entries.widgets import LinesInput
from catalog.admin.entries.wording import HELP, LABELS
from catalog.documents.canonical import DocumentError, canonical_bytes
from catalog.documents.mapping import (
    RELATIONS,
    Document,
    document_from_fields,
    field_names,
    field_of_member,
    fields_from_row,
    key_of,
)
from catalog.models import CatalogEntry
from catalog.models.validators import OLD_KEY_PATTERN
from catalog.schemas.validation import Problem

MAX_SHOWN = 20
validate_old_key = RegexValidator(OLD_KEY_PATTERN, "Write whole keys, such as providers/ecommerce/shopify_basic.")


class EntryForm(forms.ModelForm):  # type: ignore[type-arg]
    """`expected_revision` is the number of the newest revision when the form was opened; 0 for a new entry.

    A valid form of a new entry knows its key (`new_key`), which the row has once it is saved.
    """

    aliases = forms.CharField(
        required=False,
        label=LABELS["aliases"],
        widget=LinesInput(),
        help_text=HELP["aliases"],
    )
    change_note = forms.CharField(
        max_length=MAX_NOTE,
        widget=UnfoldAdminTextInputWidget(),
        help_text=HELP["change_note"],
    )
    # It appears once the gate of config schemas has refused the form.
    breaking_schema_reason = forms.CharField(
        required=False,
        max_length=MAX_REASON,
        label=LABELS["breaking_schema_reason"],
        widget=forms.HiddenInput(),
        help_text=HELP["breaking_schema_reason"],
    )
    expected_revision = forms.IntegerField(widget=forms.HiddenInput())

    new_key = ""
    # Whether who fills it in may change config schemas.
    may_change_schema: ClassVar[bool] = False
    # Why saving this form was refused just now; the form comes back with it.
    refusal: ClassVar[RefusedError | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "expected_revision" not in self.fields:
            return  # somebody who may only look
        entry: CatalogEntry = self.instance
        if isinstance(self.refusal, SchemaGateError) or self.data.get("breaking_schema_reason"):
            self.fields["breaking_schema_reason"].widget = UnfoldAdminTextInputWidget()
        self.fields["expected_revision"].initial = entry.latest_revision.number if entry.latest_revision else 0
        schema = self.fields.get("config_schema")
        if isinstance(schema, SchemaField) and not self.may_change_schema:
            schema.lock()
        if entry.pk:
            self.fields["aliases"].initial = "\n".join(fields_from_row(entry)["aliases"])
            self.begin_with_relations()

    def begin_with_relations(self) -> None:
        """Fill in the fields of related entries; the row exists."""

    def clean_config_schema(self) -> Any:
        schema = self.cleaned_data["config_schema"]
        field = self.fields["config_schema"]
        if isinstance(field, SchemaField):
            field.refuse_change(self.instance.config_schema, schema)
        return schema

    def clean_aliases(self) -> list[str]:
        old_keys = sorted({line.strip() for line in self.cleaned_data["aliases"].splitlines() if line.strip()})
        for old_key in old_keys:
            validate_old_key(old_key)
        return old_keys

    def clean_description(self) -> str:
        # Browsers end lines with two characters; documents have one.
        return str(self.cleaned_data["description"]).replace("\r\n", "\n").replace("\r", "\n")

    def clean_change_note(self) -> str:
        try:
            return clean_note(self.cleaned_data["change_note"])
        except RefusedError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self._want_whole_ranges(cleaned)
        if not self.errors:
            document = self._document(cleaned)
            for problem in _problems_of(self.instance.kind, document):
                self._blame(problem)
            if not self.errors and not self.instance.pk:
                self._claim_key(key_of(self.instance.kind, document))
        if self.refusal is not None:
            self._show_refusal(self.refusal)
        return cleaned

    def _want_whole_ranges(self, cleaned: dict[str, Any]) -> None:
        for stem in ("monthly_cost", "setup_cost"):
            names = (f"{stem}_min", f"{stem}_max")
            least, most = (cleaned.get(name) for name in names)
            if not all(name in cleaned for name in names) or (least is None and most is None):
                continue
            if least is None or most is None:
                empty = names[0] if least is None else names[1]
                self.add_error(empty, "Fill in both “from” and “to”, or leave both empty.")
            elif least > most:
                self.add_error(names[0], f"“From” ({least:,}) is more than “to” ({most:,}).")

    def _document(self, cleaned: dict[str, Any]) -> Document:
        entry: CatalogEntry = self.instance
        kind = entry.kind
        fields = fields_from_row(entry) if entry.pk else {"providers": []}
        fields |= {name: cleaned[name] for name in field_names(kind) if name in cleaned}
        fields |= {
            name: getattr(entry, name) for name in field_names(kind) if name not in fields and name not in RELATIONS
        }
        if "incompatible_builders" in cleaned:
            fields["incompatible_builders"] = [builder.slug for builder in cleaned["incompatible_builders"]]
        if "builder" in cleaned:
            fields["builder"] = cleaned["builder"].slug if cleaned["builder"] else ""
        return document_from_fields(kind, fields)

    def _claim_key(self, key: str) -> None:
        try:
            refuse_taken_key(key)
        except RefusedError as error:
            self.add_error("slug", str(error))
        self.new_key = key

    def _show_refusal(self, refusal: RefusedError) -> None:
        if isinstance(refusal, InvalidDocumentError):
            for problem in refusal.problems:
                self._blame(problem)
            return
        if isinstance(refusal, SchemaGateError):
            self._show_gate(refusal)
            return
        field = refusal.field if isinstance(refusal, RefusedFieldError) else ""
        self.add_error(field if field in self.fields else None, str(refusal))

    def _show_gate(self, refusal: SchemaGateError) -> None:
        for problem in refusal.problems[:MAX_SHOWN]:
            self._blame(problem)
        more = len(refusal.problems) - MAX_SHOWN
        also = f" There are {more:,} more." if more > 0 else ""
        message = f"The new config schema breaks what is configured now: change it, or say why it must be so.{also}"
        self.add_error("breaking_schema_reason", message)

    def _blame(self, problem: Problem) -> None:
        """Show a problem at the field that makes the member; above the form if the form has no such field."""
        _, member, *rest = (*problem.path.split("/"), "")
        field = field_of_member(self.instance.kind, member)
        where = f"{'/'.join(rest).strip('/')}: " if any(rest) else ""
        if field in self.fields:
            self.add_error(field, f"{where}{problem.message}")
        else:
            self.add_error(None, f"{problem.path or 'document'}: {problem.message}")


class ProviderForm(EntryForm):
    incompatible_builders = BuildersField(label="Must not be built with", help_text=HELP["incompatible_builders"])

    def begin_with_relations(self) -> None:
        field = self.fields["incompatible_builders"]
        if isinstance(field, BuildersField):
            self.initial["incompatible_builders"] = field.begin_with(
                self.instance.incompatible_builders.order_by("slug")
            )


class StackForm(EntryForm):
    providers = ProvidersField(label="Providers", help_text=HELP["providers"])
    builder = BuilderField(label="Builder", help_text=HELP["builder"])

    def begin_with_relations(self) -> None:
        parts, builder = self.fields["providers"], self.fields["builder"]
        if isinstance(parts, ProvidersField) and isinstance(builder, BuilderField):
            places = self.instance.stack_providers.select_related("provider")
            self.initial["providers"] = parts.begin_with(place.provider for place in places)
            self.initial["builder"] = builder.begin_with([self.instance.builder] if self.instance.builder else [])

    def _save_m2m(self) -> None:
        # The providers have an order, which Django would lose: `save_related` writes them.
        providers = self.cleaned_data.pop("providers", [])
        super()._save_m2m()  # type: ignore[misc]
        self.cleaned_data["providers"] = providers


def _problems_of(kind: str, document: Document) -> list[Problem]:
    for name, value in document.items():
        try:
            canonical_bytes(value)
        except DocumentError as error:
            return [Problem(f"/{name}", "canonical", str(error))]
    return saving_problems(kind, document) or missing_references(document)
