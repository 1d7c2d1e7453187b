"""The list of removed entries, from which each can be brought back."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import CharField, Q, QuerySet, Value
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from catalog.actions.errors import RefusedError
from catalog.actions.lifecycle import change_lifecycle
from catalog.actions.revisions import one_line
from catalog.actions.roles import fits_limits
from catalog.admin.direction import isolated
from catalog.admin.entries.next_steps import tell_draft
from catalog.admin.pages import (
    find_or_404,
    keep_refusal,
    may_change,
    may_change_entry,
    may_view,
    person_of,
    render_page,
    type_limits,
    whole_number,
)
from catalog.models import ENTRY_MODELS
from catalog.models.choices import Lifecycle

PER_PAGE = 50
COLUMNS = (
    "pk", "key", "display_name", "lifecycle_since", "lifecycle_reason", "lifecycle_replacement",
    "latest_revision__number", "latest_revision__author__username", "latest_revision__created_at",
    "live_revision__lifecycle",
)  # fmt: skip


def removed_page(request: HttpRequest) -> HttpResponse:
    """GET lists (`q`, `page`); POST brings one back (`kind`, `pk`, `note`, `expected_revision`)."""
    kinds = [model.kind for model in ENTRY_MODELS if may_view(request, model.kind)]
    if not kinds:
        raise PermissionDenied
    error = ""
    if request.method == "POST":
        error = _undelete(request)
        if not error:
            return HttpResponseRedirect(request.get_full_path())
    words = one_line(request.GET.get("q", ""))[:100]
    limits = type_limits(request)
    page = Paginator(_removed(kinds, words), PER_PAGE).get_page(request.GET.get("page"))
    return render_page(
        request,
        "removed.html",
        title="Removed entries",
        page=page,
        undeletable={
            row["key"] for row in page if may_change(request, row["kind"]) and fits_limits(limits, key=row["key"])
        },
        words=words,
        query=f"{urlencode({'q': words})}&" if words else "",
        failed={"kind": request.POST.get("kind"), "pk": whole_number(request.POST.get("pk", "")), "error": error},
        note=request.POST.get("note", ""),
    )


def _undelete(request: HttpRequest) -> str:
    """Brings the entry back; the message of a refusal, or nothing."""
    kind = request.POST.get("kind", "")
    entry = find_or_404(request, kind, whole_number(request.POST.get("pk", "")) or 0)
    if not may_change_entry(request, entry):
        raise PermissionDenied
    if entry.lifecycle_state != Lifecycle.REMOVED:
        return f"{isolated(entry.display_name)} is not removed any more."
    try:
        revision = change_lifecycle(
            entry,
            state=Lifecycle.ACTIVE,
            by=person_of(request),
            note=request.POST.get("note", ""),
            expected_revision=whole_number(request.POST.get("expected_revision", "")) or 0,
        )
    except RefusedError as error:
        return keep_refusal(request, error)
    name, number = isolated(entry.display_name), revision.number if revision else 0
    sentence = f"{name} is back as revision {number}, a draft: readers get it after approval and publish."
    tell_draft(request, entry, sentence)
    return ""


def _removed(kinds: list[str], words: str) -> "QuerySet[Any, dict[str, Any]]":
    """The removed entries of these kinds as plain rows, the latest first."""
    found = [_of_one_kind(model, words) for model in ENTRY_MODELS if model.kind in kinds]
    first, *others = found
    return first.union(*others, all=True).order_by("-lifecycle_since", "key")


def _of_one_kind(model: Any, words: str) -> "QuerySet[Any, dict[str, Any]]":
    rows = model.objects.filter(lifecycle_state=Lifecycle.REMOVED).order_by()
    if words:
        rows = rows.filter(Q(display_name__icontains=words) | Q(key__icontains=words))
    found: QuerySet[Any, dict[str, Any]] = rows.values(*COLUMNS, kind=Value(model.kind, output_field=CharField()))
    return found
