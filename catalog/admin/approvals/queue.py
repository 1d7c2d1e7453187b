"""The queue: everything that waits for approval, with what differs, and the decisions right there."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.actions.approvals import RefusedTogetherError, approve, approve_many, reject
from catalog.actions.errors import RefusedError, StaleEntryError
from catalog.admin.approvals.filters import authors_of, filtered_revisions, read_filters, type_choices
from catalog.admin.approvals.items import Item, items_of
from catalog.admin.approvals.waiting import kinds_seen_by, rejected_revisions, waiting_revisions
from catalog.admin.direction import isolated
from catalog.admin.pages import keep_refusal, person_of, render_page
from catalog.documents.mapping import kind_of
from catalog.models import CatalogEntry, find_entry

PER_PAGE = 20
TOKEN = re.compile(r"((?:providers|builders|stacks)/[a-z0-9_/-]{1,150})@([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A decision that was refused: what was sent, and what is wrong, by key where it is about one entry."""

    tokens: Sequence[str] = ()
    comment: str = ""
    message: str = ""
    is_bulk: bool = False
    refusals: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Card:
    """An item with what was typed into it, if its decision was refused."""

    item: Item
    error: str
    comment: str
    is_ticked: bool


def queue_page(request: HttpRequest) -> HttpResponse:
    """GET shows; POST decides (`decision`: approve, reject or approve_many; `chosen`: key@number; `comment`)."""
    attempt = Attempt()
    if request.method == "POST":
        refused = _decide(request)
        if refused is None:
            return HttpResponseRedirect(request.get_full_path())
        attempt = refused
    kinds, filters = kinds_seen_by(request), read_filters(request)
    page = Paginator(filtered_revisions(filters, kinds), PER_PAGE).get_page(request.GET.get("page"))
    items = items_of(request, list(page.object_list))
    shown = {item.entry.key for item in items}
    return render_page(
        request,
        "queue.html",
        title="Approvals",
        page=page,
        cards=[_card(item, attempt) for item in items],
        filters=filters,
        types=type_choices(kinds),
        people=authors_of(waiting_revisions(kinds)),
        waiting=waiting_revisions(kinds).count(),
        rejected=rejected_revisions(kinds).count(),
        attempt=attempt,
        # A refusal of something that is not on the page any more is told above it.
        elsewhere={key: why for key, why in attempt.refusals.items() if key not in shown},
        may_approve_several=not filters.is_rejected and sum(item.may_approve for item in items) > 1,
    )


def _card(item: Item, attempt: Attempt) -> Card:
    error = attempt.refusals.get(item.entry.key, "")
    return Card(
        item=item,
        error=error,
        comment=attempt.comment if error and not attempt.is_bulk else "",
        is_ticked=attempt.is_bulk and item.token in attempt.tokens,
    )


def why_refused(error: RefusedError) -> str:
    """The reason, in words for somebody who decides instead of editing."""
    if not isinstance(error, StaleEntryError):
        return str(error)
    return (
        f"It has changed since you looked at it: revision {error.found} is the newest now, you saw revision "
        f"{error.expected}. Nothing was decided; look at the new one."
    )


def _decide(request: HttpRequest) -> Attempt | None:
    """None if it is done. Raises PermissionDenied for who may not approve, or may not look at such entries."""
    person = person_of(request)
    if not person.has_perm("catalog.approve_revision"):
        raise PermissionDenied
    tokens, comment = request.POST.getlist("chosen"), request.POST.get("comment", "")
    decision = request.POST.get("decision", "")
    attempt = Attempt(tokens, comment, is_bulk=decision == "approve_many")
    numbers = _parse(tokens)
    if numbers is None or (not attempt.is_bulk and len(numbers) != 1):
        return replace(attempt, message="That was no decision about an entry on this page; try again.")
    if any(kind_of(key) not in kinds_seen_by(request) for key in numbers):
        raise PermissionDenied
    try:
        if attempt.is_bulk:
            approve_many(numbers, by=person, comment=comment)
            messages.success(request, approved_message(request, _counted(len(numbers))))
        else:
            ((key, number),) = numbers.items()
            messages.success(request, _decide_one(request, key, number, decision=decision, comment=comment))
    except RefusedError as error:
        keep_refusal(request, error)
        return _refused(attempt, error, key=next(iter(numbers), ""))
    return None


def _refused(attempt: Attempt, error: RefusedError, *, key: str) -> Attempt:
    if isinstance(error, RefusedTogetherError):
        refusals = {key: why_refused(refusal) for key, refusal in error.refusals.items()}
        return replace(attempt, message=str(error).partition("\n")[0], refusals=refusals)
    if attempt.is_bulk:
        return replace(attempt, message=str(error))
    return replace(attempt, refusals={key: why_refused(error)})


def _decide_one(request: HttpRequest, key: str, number: int, *, decision: str, comment: str) -> str:
    """What to tell the person. Raises RefusedError."""
    by = person_of(request)
    entry: CatalogEntry | None = find_entry(key)
    if entry is None:
        raise RefusedError(f"There is no entry {key}.")
    if decision == "approve":
        approve(entry, number=number, by=by, comment=comment)
        return approved_message(request, f"{isolated(entry.display_name)} is approved and goes")
    if decision == "reject":
        reject(entry, number=number, by=by, comment=comment)
        return f"{isolated(entry.display_name)} is rejected; its author sees your comment on the Review page."
    raise RefusedError("Choose Approve or Reject.")


def _parse(tokens: Sequence[str]) -> dict[str, int] | None:
    """Key -> number of what a form sent; None if that names something which is no revision."""
    found = [TOKEN.fullmatch(token) for token in tokens]
    return None if None in found else {match[1]: int(match[2]) for match in found if match}


def approved_message(request: HttpRequest, begins: str) -> SafeString:
    """What is told of an approval, with the way on for who may publish; `begins` is how the sentence begins."""
    if not request.user.has_perm("catalog.publish_snapshot"):
        return format_html("{} live with the next publish.", begins)
    link = '{} live with the next publish. <a class="rg-link" href="{}">See the plan</a>'
    return format_html(link, begins, reverse("pages:publish"))


def _counted(count: int) -> str:
    return "1 entry is approved and goes" if count == 1 else f"{count} entries are approved and go"
