"""The page on which one entry is approved: what differs from what is live, and the two decisions."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from catalog.actions.approvals import approve, withdraw_approval
from catalog.actions.errors import RefusedError
from catalog.admin.differences import readable
from catalog.admin.entries.tabs import tabs_of
from catalog.admin.pages import find_or_404, person_of, render_page
from catalog.models import CatalogEntry


def review_page(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """GET shows, POST decides (`decision` is approve or withdraw, `number` the revision that was looked at)."""
    entry = find_or_404(request, kind, pk)
    if entry.latest_revision is None:
        raise Http404
    may_decide = request.user.has_perm("catalog.approve_revision")
    if request.method == "POST":
        if not may_decide:
            raise PermissionDenied
        _decide(request, entry)
        return HttpResponseRedirect(request.path)
    live = entry.live_revision.document if entry.live_revision else {}
    return render_page(
        request,
        "review.html",
        title=f"Review {entry.display_name}",
        entry=entry,
        revision=entry.latest_revision,
        entry_tabs=tabs_of(request, entry),
        tab="review",
        differences=readable(kind, live, entry.latest_revision.document),
        may_approve=may_decide and not entry.is_approved,
        may_withdraw=may_decide and entry.approved_revision_id not in (None, entry.live_revision_id),
    )


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
