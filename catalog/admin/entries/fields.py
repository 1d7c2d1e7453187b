"""Form fields of entries: config schemas as text, and other entries by their keys."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.forms.fields import InvalidJSONInput

from catalog.admin.direction import isolated
from catalog.admin.entries.config_form import read_schema
from catalog.admin.entries.widgets import KeysInput, SchemaEditor
from catalog.documents.canonical import canonical_bytes
from catalog.documents.mapping import ProvidersByType
from catalog.models import Builder, CatalogEntry, Provider
from catalog.models.choices import Lifecycle
from catalog.schemas.texts import JsonTextError

MAX_KEYS = 200
NOT_YOURS = "Only people with the right to change config schemas may change this. What you typed was not saved."


class SchemaField(forms.JSONField):
    """JSON as a person typed it: what is wrong with it is a message, and the text stays in the form unchanged.

    `is_locked` refuses any change, for people without the permission.
    """

    widget = SchemaEditor
    is_locked = False

    def lock(self) -> None:
        self.is_locked = True
        self.widget.attrs["readonly"] = True
        self.help_text = f"{self.help_text} You may look at it; changing it needs the role of a schema admin."

    def to_python(self, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        try:
            return read_schema(str(value or ""))
        except JsonTextError as error:
            raise forms.ValidationError(str(error)) from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        return data if data is None else InvalidJSONInput(data)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, InvalidJSONInput):
            return value
        return json.dumps(value, ensure_ascii=False, indent=2) if value else ""

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return canonical_bytes(initial or {}) != canonical_bytes(self.to_python(data))
        except (forms.ValidationError, ValueError):
            return True

    def refuse_change(self, initial: Any, schema: Any) -> None:
        """Raises ValidationError if the field is locked and the schema is another one."""
        if self.is_locked and self.has_changed(initial, schema):
            raise forms.ValidationError(NOT_YOURS)


class KeysField(forms.CharField):
    """Entries by their keys, or by their names in paths where these are unambiguous, separated by commas.

    What it cleans to is said by the subclasses. An entry that is removed can stay, but cannot be added.
    """

    model: type[CatalogEntry]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=self.make_widget(), **kwargs)
        self.kept: frozenset[str] = frozenset()

    def make_widget(self) -> Any:
        return KeysInput(suggestions=f"{self.model.kind}s")

    def begin_with(self, entries: Iterable[Any]) -> str:
        """These stand in the field when the form is opened; the text to begin with."""
        began = list(entries)
        self.kept = frozenset(entry.key for entry in began)
        if isinstance(self.widget, KeysInput):
            self.widget.labels = {entry.key: entry.display_name for entry in began}
        return ", ".join(entry.key for entry in began)

    def find(self, text: str) -> list[Any]:
        """The entries in the order in which they were typed. Raises ValidationError, naming what is wrong."""
        names = [part.strip() for part in re.split(r"[,\n]", text.replace("\0", "")) if part.strip()]
        if len(names) > MAX_KEYS:
            raise forms.ValidationError(f"These are {len(names):,}; {MAX_KEYS} are allowed.")
        rows: QuerySet[Any] = self.model._default_manager.filter(Q(("key__in", names)) | Q(slug__in=names))
        known = list(rows)
        found = [self._only(name, [row for row in known if name in (row.key, row.slug)]) for name in names]
        if isinstance(self.widget, KeysInput):
            # Copies of a field share what its widget holds: never change it in place.
            self.widget.labels = {**self.widget.labels, **{entry.key: entry.display_name for entry in found}}
        twice = next((entry for at, entry in enumerate(found) if entry in found[:at]), None)
        if twice:
            raise forms.ValidationError(f"{isolated(twice.display_name)} is there twice.")
        return found

    def _only(self, name: str, rows: Sequence[Any]) -> Any:
        exact = [row for row in rows if row.key == name] or rows
        if not exact:
            raise forms.ValidationError(f"There is no {self.model.kind} “{name[:80]}”.")
        if len(exact) > 1:
            raise forms.ValidationError(f"“{name}” can be {' or '.join(row.key for row in exact)}: write one of these.")
        if exact[0].lifecycle_state == Lifecycle.REMOVED and exact[0].key not in self.kept:
            raise forms.ValidationError(f"{isolated(exact[0].display_name)} is removed and cannot be added.")
        return exact[0]


class ProvidersField(KeysField):
    """Cleans to the providers' keys in the order that a document keeps: by type, in their order within it."""

    model = Provider

    def clean(self, value: Any) -> Any:
        keys = [provider.key for provider in self.find(super().clean(value))]
        by_type = ProvidersByType()
        return by_type.to_fields(by_type.to_document({"providers": keys}))["providers"]


class BuildersField(KeysField):
    """Cleans to a QuerySet of builders."""

    model = Builder

    def clean(self, value: Any) -> Any:
        return Builder.objects.filter(pk__in=[builder.pk for builder in self.find(super().clean(value))])


class BuilderField(KeysField):
    """Cleans to one builder or None."""

    model = Builder

    def clean(self, value: Any) -> Any:
        found = self.find(super().clean(value))
        if len(found) > 1:
            raise forms.ValidationError("Choose one builder.")
        return found[0] if found else None
