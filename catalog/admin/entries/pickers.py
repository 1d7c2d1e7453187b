"""Pickers of related entries that take whatever is sent: what is no id is a message, as it should be."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from unfold.mixins import BaseModelAdminMixin

MAX_DIGITS = 18


def is_id(text: Any) -> bool:
    """Whether a database could take this as the id of a row."""
    return str(text).isdecimal() and len(str(text)) <= MAX_DIGITS


class Picker(AutocompleteSelect):
    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        return super().optgroups(name, [item for item in value if is_id(item)], attr)


class MultiplePicker(AutocompleteSelectMultiple):
    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        return super().optgroups(name, [item for item in value if is_id(item)], attr)


class PickedField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def _check_values(self, value: Any) -> Any:
        wrong = next((item for item in value if not is_id(item)), None)
        if wrong is not None:
            raise ValidationError(f"{str(wrong)[:40]!r} is nothing that can be picked.", code="invalid_choice")
        return super()._check_values(value)  # type: ignore[misc]


class PickingMixin(BaseModelAdminMixin):  # type: ignore[misc]
    """Uses the pickers for `autocomplete_fields`; comes first among the bases of an admin or an inline."""

    def formfield_for_foreignkey(
        self, db_field: "models.ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        return super().formfield_for_foreignkey(db_field, request, **self._picking(db_field, request, Picker, kwargs))

    def formfield_for_manytomany(
        self, db_field: "models.ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        kwargs = self._picking(db_field, request, MultiplePicker, kwargs)
        return super().formfield_for_manytomany(db_field, request, **{"form_class": PickedField, **kwargs})

    def _picking(
        self, db_field: "models.Field[Any, Any]", request: HttpRequest, picker: type, kwargs: dict[str, Any]
    ) -> dict[str, Any]:
        if "widget" in kwargs or db_field.name not in self.get_autocomplete_fields(request):
            return kwargs
        return {**kwargs, "widget": picker(db_field, self.admin_site, using=kwargs.get("using"))}
