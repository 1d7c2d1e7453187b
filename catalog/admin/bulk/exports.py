"""Files of a list, as it is filtered, searched and ordered, or of a selection."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from catalog.actions.errors import RefusedError
from catalog.actions.exports import export_entries
from catalog.admin.pages import KINDS, keep_refusal, may_view, person_of
from catalog.documents.files import FORMATS


def export_page(request: HttpRequest, kind: str, file_format: str) -> HttpResponse:
    """The list at the same address parameters as a file; a refusal goes back to the list with a message."""
    model = KINDS.get(kind)
    if model is None or file_format not in FORMATS:
        raise Http404
    if not may_view(request, kind):
        raise PermissionDenied
    try:
        entries = admin.site.get_model_admin(model).get_changelist_instance(request).queryset
    except IncorrectLookupParameters:
        return HttpResponseRedirect(_list_of(kind))
    return answer_with_file(request, entries, file_format) or HttpResponseRedirect(
        f"{_list_of(kind)}?{request.GET.urlencode()}"
    )


def answer_with_file(request: HttpRequest, entries: QuerySet[Any], file_format: str) -> HttpResponse | None:
    """The file to keep, or None if it was refused; then there is a message."""
    try:
        content = export_entries(entries, file_format=file_format, by=person_of(request))
    except RefusedError as error:
        messages.error(request, keep_refusal(request, error))
        return None
    name = f"{entries.model.kind}s-{timezone.now():%Y-%m-%d}.{file_format}"
    return HttpResponse(
        content,
        content_type=FORMATS[file_format],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _list_of(kind: str) -> str:
    return reverse(f"admin:catalog_{kind}_changelist")
