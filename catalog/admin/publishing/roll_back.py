"""The page that shows what a rollback would change, and asks for it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from catalog.actions.errors import RefusedError
from catalog.actions.snapshots import request_rollback
from catalog.admin.pages import person_of, render_page
from catalog.admin.publishing.plans import SHOWN_CHANGES, PlanLine, shown_changes
from catalog.models import Snapshot
from catalog.publishing.rollback import PUBLISHED, RollbackError, changes_back_to, find_serial


def roll_back_page(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the plan, POST asks for the rollback (`reason`)."""
    snapshot = Snapshot.objects.filter(pk=pk, state__in=PUBLISHED).first()
    if snapshot is None or snapshot.serial is None:
        raise Http404
    try:
        find_serial(snapshot.serial)
    except RollbackError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:catalog_snapshot_change", args=(pk,)))
    if request.method == "POST":
        return _request(request, snapshot.serial)
    lines = _lines(snapshot.serial)
    return render_page(
        request,
        "roll_back.html",
        title=f"Roll back to serial {snapshot.serial}",
        snapshot=snapshot,
        count=len(lines),
        shown=SHOWN_CHANGES,
        changes=shown_changes(lines[:SHOWN_CHANGES]),
    )


def _request(request: HttpRequest, serial: int) -> HttpResponse:
    try:
        snapshot = request_rollback(serial=serial, by=person_of(request), reason=request.POST.get("reason", ""))
    except RefusedError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(request.path)
    return HttpResponseRedirect(reverse("admin:catalog_snapshot_change", args=(snapshot.pk,)))


def _lines(serial: int) -> list[PlanLine]:
    return [
        (key, "removed" if new is None else "added" if old is None else "changed", old, new)
        for key, (old, new) in changes_back_to(serial).items()
    ]
