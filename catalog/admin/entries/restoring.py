"""The page that shows what restoring a revision would change and what it cannot bring back, and does it."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from catalog.actions.errors import RefusedError, SchemaGateError, StaleEntryError
from catalog.actions.restore import plan_restore, restore_revision
from catalog.admin.differences import member_label, readable
from catalog.admin.direction import isolated
from catalog.admin.entries.next_steps import tell_draft
from catalog.admin.entries.tabs import page_of, tabs_of
from catalog.admin.pages import find_or_404, keep_refusal, may_change_entry, person_of, render_page, whole_number
from catalog.models import CatalogEntry


def restore_page(request: HttpRequest, kind: str, pk: int, number: int) -> HttpResponse:
    """GET shows; POST restores (`change_note`, `expected_revision`, `expected_sha256` of what was looked at).

    Once the gate of config schemas has refused it, `breaking_schema_reason` is asked for, too.
    """
    entry = find_or_404(request, kind, pk)
    if not may_change_entry(request, entry):
        raise PermissionDenied
    if request.method == "POST":
        asks_reason = False
        try:
            return _restore(request, entry, number=number)
        except StaleEntryError:
            message = "Somebody else has saved this entry meanwhile. Nothing was restored: look at what differs now."
        except RefusedError as error:
            message = keep_refusal(request, error)
            asks_reason = isinstance(error, SchemaGateError)
        entry = find_or_404(request, kind, pk)
        return _show(request, entry, number=number, message=message, asks_reason=asks_reason)
    return _show(request, entry, number=number)


def _restore(request: HttpRequest, entry: CatalogEntry, *, number: int) -> HttpResponse:
    revision = restore_revision(
        entry,
        number=number,
        by=person_of(request),
        note=request.POST.get("change_note", ""),
        expected_revision=whole_number(request.POST.get("expected_revision", "")) or 0,
        expected_sha256=request.POST.get("expected_sha256", ""),
        breaking_schema_reason=request.POST.get("breaking_schema_reason", ""),
    )
    tell_draft(request, entry, f"Revision {number} is back as revision {revision.number}. It waits for approval.")
    return HttpResponseRedirect(page_of(entry, "history"))


def _show(
    request: HttpRequest, entry: CatalogEntry, *, number: int, message: str = "", asks_reason: bool = False
) -> HttpResponse:
    may_change_schema = request.user.has_perm("catalog.change_config_schema")
    try:
        plan = plan_restore(entry, number=number, may_change_schema=may_change_schema)
    except RefusedError as error:
        raise Http404(str(error)) from error
    return render_page(
        request,
        "restore.html",
        title=f"Restore revision {number} of {isolated(entry.display_name)}",
        entry=entry,
        entry_tabs=tabs_of(request, entry),
        tab="history",
        newest=entry.latest_revision,
        history_page=page_of(entry, "history"),
        plan=plan,
        message=message,
        asks_reason=asks_reason or "breaking_schema_reason" in request.POST,
        reason=request.POST.get("breaking_schema_reason", ""),
        differences=readable(entry.kind, plan.before, plan.document),
        left_out=[(member_label(entry.kind, left.path), left.why) for left in plan.left_out],
        problems=[(member_label(entry.kind, problem.path), problem.message) for problem in plan.problems],
        note=request.POST.get("change_note", f"Restored revision {number}"),
    )
