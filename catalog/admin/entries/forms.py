"""The form of one entry: the row's fields, its aliases, the reason for the change, and what the editor began with.

The whole document is judged before anything is written, so that a message stands at the field that it is about.
"""

from typing import Any, ClassVar

from django import forms
from django.core.validators import RegexValidator
from django.forms.fields import InvalidJSONInput
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from catalog.actions.entries import refuse_taken_key
from catalog.actions.errors import InvalidDocumentError, RefusedError, RefusedFieldError
from catalog.actions.revisions import MAX_NOTE, clean_note
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
from catalog.schemas.validation import Problem, validate_document

validate_old_key = RegexValidator(OLD_KEY_PATTERN, "Write whole keys, such as providers/ecommerce/shopify_basic.")


class SchemaField(forms.JSONField):
    """JSON as a person typed it: what is wrong with it is a message, and the text stays in the form unchanged."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (RecursionError, ValueError) as error:
            raise forms.ValidationError("It is nested too deeply, or a number in it is too long.") from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        return data if data is None else InvalidJSONInput(data)


class EntryForm(forms.ModelForm):  # type: ignore[type-arg]
    """`expected_revision` is the number of the newest revision when the form was opened; 0 for a new entry.

    A valid form of a new entry knows its key (`new_key`), which the row has once it is saved.
    """

    aliases = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text="Older keys that still lead here, one a line.",
    )
    change_note = forms.CharField(
        max_length=MAX_NOTE,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Why this changes; kept in the history for good.",
    )
    expected_revision = forms.IntegerField(widget=forms.HiddenInput())

    new_key = ""
    # Why saving this form was refused just now; the form comes back with it.
    refusal: ClassVar[RefusedError | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "expected_revision" not in self.fields:
            return  # somebody who may only look
        entry: CatalogEntry = self.instance
        self.fields["expected_revision"].initial = entry.latest_revision.number if entry.latest_revision else 0
        if entry.pk:
            self.fields["aliases"].initial = "\n".join(fields_from_row(entry)["aliases"])

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
        if not self.errors:
            document = self._document(cleaned)
            for problem in _problems_of(self.instance.kind, document):
                self._blame(problem)
            if not self.errors and not self.instance.pk:
                self._claim_key(key_of(self.instance.kind, document))
        if self.refusal is not None:
            self._show_refusal(self.refusal)
        return cleaned

    def _document(self, cleaned: dict[str, Any]) -> Document:
        entry: CatalogEntry = self.instance
        kind = entry.kind
        fields = fields_from_row(entry) if entry.pk else {"providers": []}
        fields |= {name: cleaned[name] for name in field_names(kind) if name in cleaned}
        fields |= {
            name: getattr(entry, name) for name in field_names(kind) if name not in fields and name not in RELATIONS
        }
        if kind == "provider":
            fields["incompatible_builders"] = [builder.slug for builder in cleaned.get("incompatible_builders", [])]
        if kind == "stack":
            fields["builder"] = cleaned["builder"].slug if cleaned.get("builder") else ""
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
        field = refusal.field if isinstance(refusal, RefusedFieldError) else ""
        self.add_error(field if field in self.fields else None, str(refusal))

    def _blame(self, problem: Problem) -> None:
        """Show a problem at the field that makes the member; above the form if the form has no such field."""
        _, member, *rest = (*problem.path.split("/"), "")
        field = field_of_member(self.instance.kind, member)
        where = f"{'/'.join(rest).strip('/')}: " if any(rest) else ""
        if field in self.fields:
            self.add_error(field, f"{where}{problem.message}")
        else:
            self.add_error(None, f"{problem.path or 'document'}: {problem.message}")


def _problems_of(kind: str, document: Document) -> list[Problem]:
    try:
        canonical_bytes(document)
    except DocumentError as error:
        return [Problem("", "canonical", str(error))]
    return validate_document(kind, document)
