"""The page that shows the plan of a publish, and asks for it."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from catalog.actions.errors import RefusedError
from catalog.actions.snapshots import request_snapshot
from catalog.admin.pages import person_of, render_page
from catalog.admin.publishing.plans import SHOWN_CHANGES, shown_changes
from catalog.models import Snapshot
from catalog.models.snapshots import SnapshotState
from catalog.publishing.candidate import collect_changes, find_problems, live_keys
from catalog.publishing.plan import Change, is_mass_change


def publish_page(request: HttpRequest) -> HttpResponse:
    """GET shows the plan, POST asks for the publish (`note`, `confirm_mass_change`)."""
    if request.method == "POST":
        return _request(request)
    changes = collect_changes()
    percent = settings.REGISTRY_MASS_CHANGE_PERCENT
    return render_page(
        request,
        "publish.html",
        title="Publish",
        count=len(changes),
        shown=SHOWN_CHANGES,
        changes=shown_changes([_line(change) for change in list(changes.values())[:SHOWN_CHANGES]]),
        problems=find_problems(changes),
        live=Snapshot.objects.filter(state=SnapshotState.LIVE).first(),
        is_mass_change=is_mass_change(changes.values(), live=len(live_keys()), percent=percent),
        percent=percent,
    )


def _request(request: HttpRequest) -> HttpResponse:
    confirmed = request.POST.get("confirm_mass_change") == "yes"
    try:
        snapshot = request_snapshot(
            by=person_of(request), note=request.POST.get("note", "").strip(), confirm_mass_change=confirmed
        )
    except RefusedError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(request.path)
    return HttpResponseRedirect(reverse("admin:catalog_snapshot_change", args=(snapshot.pk,)))


def _line(change: Change) -> tuple[str, str, int | None, int | None]:
    return (
        change.key,
        change.verb,
        change.old.revision_id if change.old else None,
        change.new.revision_id if change.new else None,
    )
