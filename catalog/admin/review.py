"""The page on which one entry is approved: what differs from what is live, and the two decisions."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from catalog.actions.approvals import approve, withdraw_approval
from catalog.actions.errors import RefusedError
from catalog.admin.people import person_of
from catalog.documents.diff import diff_documents
from catalog.models import CatalogEntry

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin


def review_page(model_admin: "ModelAdmin[Any]", request: HttpRequest, object_id: str) -> HttpResponse:
    """GET shows, POST decides (`decision` is approve or withdraw, `number` the revision that was looked at)."""
    entry: CatalogEntry | None = model_admin.get_object(request, object_id)
    if entry is None or entry.latest_revision is None:
        raise Http404
    if not model_admin.has_view_permission(request, entry):
        raise PermissionDenied
    may_decide = request.user.has_perm("catalog.approve_revision")
    if request.method == "POST":
        if not may_decide:
            raise PermissionDenied
        _decide(request, entry)
        return HttpResponseRedirect(request.path)
    live = entry.live_revision.document if entry.live_revision else {}
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"Review {entry.display_name}",
        "entry": entry,
        "opts": model_admin.opts,
        "revision": entry.latest_revision,
        "differences": diff_documents(live, entry.latest_revision.document),
        "may_approve": may_decide and not entry.is_approved,
        "may_withdraw": may_decide and entry.approved_revision_id not in (None, entry.live_revision_id),
    }
    return TemplateResponse(request, "admin/catalog/review.html", context)


def _decide(request: HttpRequest, entry: CatalogEntry) -> None:
    comment = request.POST.get("comment", "")
    try:
        if request.POST.get("decision") == "withdraw":
            withdraw_approval(entry, by=person_of(request), comment=comment)
            messages.success(request, f"The approval of {entry.display_name} is withdrawn.")
        else:
            number = request.POST.get("number", "")
            approve(
                entry,
                number=int(number) if number.isdecimal() and len(number) < 10 else 0,
                by=person_of(request),
                comment=comment,
            )
            messages.success(request, f"{entry.display_name} is approved and goes live with the next publish.")
    except RefusedError as error:
        messages.error(request, str(error))
