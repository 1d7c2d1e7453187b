"""The page that shows what a rollback would change, and asks for it."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from catalog.actions.errors import RefusedError
from catalog.actions.snapshots import request_rollback
from catalog.admin.people import person_of
from catalog.admin.plans import SHOWN_CHANGES, PlanLine, shown_changes
from catalog.models import Snapshot
from catalog.publishing.rollback import PUBLISHED, RollbackError, changes_back_to, find_serial

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin


def roll_back_page(model_admin: "ModelAdmin[Any]", request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the plan, POST asks for the rollback (`reason`)."""
    if not request.user.has_perm("catalog.publish_snapshot"):
        raise PermissionDenied
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
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"Roll back to serial {snapshot.serial}",
        "opts": model_admin.opts,
        "snapshot": snapshot,
        "count": len(lines),
        "shown": SHOWN_CHANGES,
        "changes": shown_changes(lines[:SHOWN_CHANGES]),
    }
    return TemplateResponse(request, "admin/catalog/roll_back.html", context)


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
