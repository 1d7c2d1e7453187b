"""How a form of an entry is saved: nobody's work is overwritten unseen, and a refusal brings the form back."""

from typing import Any

from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest, QueryDict
from unfold.admin import ModelAdmin

from catalog.actions.errors import RefusedError
from catalog.admin.entries.conflict import EXPECTED, Conflict, find_conflict, is_agreed
from catalog.admin.pages import keep_refusal
from catalog.models import CatalogEntry


class SafeSavingAdmin(ModelAdmin):  # type: ignore[misc]
    """The form needs an attribute `refusal`, which its `clean` shows: a RefusedError, or None."""

    change_form_before_template = "admin/catalog/conflict.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        sent = request.POST
        try:
            with transaction.atomic():
                return self._save(request, object_id, form_url, extra_context)
        except RefusedError as error:
            # Nothing is written; the same again, now with the refusal in the form, which brings it back.
            keep_refusal(request, error)
            _set_refusal(request, error)
            request.POST = sent
        with transaction.atomic():
            return self._save(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        form = super().get_form(request, obj, change, **kwargs)
        form.refusal = getattr(request, "registry_refusal", None)
        return form

    def _save(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: dict[str, Any] | None
    ) -> Any:
        conflict = None
        entry = self._lock(request, object_id) if object_id and "_saveasnew" not in request.POST else None
        if entry is not None and is_agreed(entry, request.POST):
            sent = request.POST.copy()
            sent[EXPECTED] = str(entry.latest_revision.number) if entry.latest_revision else ""
            request.POST = sent  # type: ignore[assignment]
        elif entry is not None:
            conflict = self._find_conflict(request, entry)
        if conflict is not None:
            request.POST = conflict.sent  # type: ignore[assignment]
            _set_refusal(request, RefusedError(conflict.message))
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "conflict": conflict})

    def _lock(self, request: HttpRequest, object_id: str) -> CatalogEntry | None:
        """The entry, locked so that nobody saves between the comparison and the save; None without permission."""
        entry = self.get_object(request, unquote(object_id))
        if entry is None or not self.has_change_permission(request, entry):
            return None
        locked: CatalogEntry = type(entry)._default_manager.select_for_update(of=("self",)).get(pk=entry.pk)
        return locked

    def _find_conflict(self, request: HttpRequest, entry: CatalogEntry) -> Conflict | None:
        fields = flatten_fieldsets(self.get_fieldsets(request, entry))

        def make_form(sent: QueryDict | None) -> "ModelForm[Any]":
            # Checking a form writes into its instance.
            instance = type(entry)._default_manager.get(pk=entry.pk)
            form: ModelForm[Any] = self.get_form(request, entry, change=True, fields=fields)(sent, instance=instance)
            return form

        return find_conflict(entry, request.POST, make_form=make_form)


def _set_refusal(request: HttpRequest, refusal: RefusedError) -> None:
    request.registry_refusal = refusal  # type: ignore[attr-defined]
