"""The page on which one entry is approved: what differs, who decided what before, and the decisions."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from catalog.actions.approvals import approve, reject, withdraw_approval
from catalog.actions.errors import RefusedError
from catalog.admin.approvals.items import BEYOND_LIMITS, compare, hindrances_of
from catalog.admin.approvals.queue import approved_message, why_refused
from catalog.admin.direction import isolated
from catalog.admin.entries.states import badges_of
from catalog.admin.entries.tabs import form_of, tabs_of
from catalog.admin.pages import find_or_404, keep_refusal, may_change_entry, person_of, render_page, whole_number
from catalog.models import Approval, CatalogEntry, Revision
from catalog.models.history import Decision

SHOWN_DECISIONS = 20


@dataclass(frozen=True, slots=True)
class Rights:
    """Which decisions the page offers; `hindrance` says why it does not offer to approve."""

    may_approve: bool = False
    may_reject: bool = False
    may_withdraw: bool = False
    hindrance: str = ""


def review_page(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """GET shows, POST decides (`decision`: approve, reject or withdraw; `number` of the revision shown; `comment`)."""
    entry = find_or_404(request, kind, pk)
    if entry.latest_revision is None:
        raise Http404
    error = comment = ""
    if request.method == "POST":
        if not request.user.has_perm("catalog.approve_revision"):
            raise PermissionDenied
        comment = request.POST.get("comment", "")
        try:
            messages.success(request, _decide(request, entry, comment))
            return HttpResponseRedirect(request.path)
        except RefusedError as refused:
            keep_refusal(request, refused)
            error = why_refused(refused)
    decisions = _decisions(entry)
    rejection = _rejection(entry.latest_revision, decisions)
    return render_page(
        request,
        "review.html",
        title=f"Review {isolated(entry.display_name)}",
        entry=entry,
        revision=entry.latest_revision,
        badges=badges_of(entry),
        entry_tabs=tabs_of(request, entry),
        tab="review",
        comparisons=compare(entry, entry.latest_revision),
        decisions=decisions,
        rejection=rejection,
        rights=_rights(request, entry, rejection),
        may_publish=request.user.has_perm("catalog.publish_snapshot"),
        form_address=form_of(entry) if may_change_entry(request, entry) else "",
        error=error,
        comment=comment,
    )


def _decide(request: HttpRequest, entry: CatalogEntry, comment: str) -> str:
    """What to tell the person. Raises RefusedError."""
    decision, number = request.POST.get("decision"), whole_number(request.POST.get("number", "")) or 0
    if decision == "withdraw":
        withdraw_approval(entry, by=person_of(request), comment=comment)
        return f"The approval of {isolated(entry.display_name)} is withdrawn."
    if decision == "reject":
        reject(entry, number=number, by=person_of(request), comment=comment)
        return f"{isolated(entry.display_name)} is rejected; its author sees your comment here."
    approve(entry, number=number, by=person_of(request), comment=comment)
    return approved_message(request, f"{isolated(entry.display_name)} is approved and goes")


def _rights(request: HttpRequest, entry: CatalogEntry, rejection: Approval | None) -> Rights:
    hindrances = hindrances_of(request, [entry])
    if hindrances is None:
        return Rights()
    hindrance = hindrances.get(entry.key, "")
    if hindrance == BEYOND_LIMITS:
        return Rights(hindrance=hindrance)
    return Rights(
        may_approve=not entry.is_approved and not hindrance,
        may_reject=not entry.is_approved and rejection is None,
        may_withdraw=entry.approved_revision_id not in (None, entry.live_revision_id),
        hindrance="" if entry.is_approved else hindrance,
    )


def _decisions(entry: CatalogEntry) -> list[Approval]:
    """The last decisions about the entry, newest first."""
    about = Approval.objects.filter(revision__entry_key=entry.key)
    return list(about.select_related("revision", "decided_by").defer("revision__canonical")[:SHOWN_DECISIONS])


def _rejection(revision: Revision, decisions: list[Approval]) -> Approval | None:
    """The rejection of the newest revision, if that is the last word about it."""
    last = next((decision for decision in decisions if decision.revision_id == revision.pk), None)
    return last if last and last.decision == Decision.REJECTED else None
