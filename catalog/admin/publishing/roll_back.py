"""The page that shows what a rollback would change, and asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from catalog.actions.errors import RefusedError, RefusedFieldError
from catalog.actions.snapshots import PublishWaitingError, plan_digest, request_rollback
from catalog.admin.pages import keep_refusal, person_of, render_page
from catalog.admin.publishing.plans import show_plan
from catalog.admin.publishing.publish import find_running
from catalog.models import ENTRY_MODELS, Snapshot
from catalog.models.snapshots import SnapshotState
from catalog.publishing.candidate import changes_between
from catalog.publishing.rollback import PUBLISHED, RollbackError, changes_back_to, find_serial


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was sent and refused; `field` is `reason` if the message belongs there."""

    reason: str = ""
    message: str = ""
    field: str = ""


def roll_back_page(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the plan, POST asks for the rollback (`reason`; `plan`: digest of what was shown)."""
    snapshot = Snapshot.objects.filter(pk=pk, state__in=PUBLISHED).first()
    if snapshot is None or snapshot.serial is None:
        raise Http404
    try:
        find_serial(snapshot.serial)
    except RollbackError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:catalog_snapshot_change", args=(pk,)))
    attempt = Attempt()
    if request.method == "POST":
        asked = _ask(request, snapshot.serial)
        if isinstance(asked, Snapshot):
            return HttpResponseRedirect(reverse("admin:catalog_snapshot_change", args=(asked.pk,)))
        attempt = asked
    steps = changes_back_to(snapshot.serial)
    return render_page(
        request,
        "roll_back.html",
        title=f"Roll back to serial {snapshot.serial}",
        snapshot=snapshot,
        live=Snapshot.objects.filter(state=SnapshotState.LIVE).first(),
        running=find_running(),
        plan=show_plan(request, changes_between(steps)),
        digest=plan_digest((key, old, new) for key, (old, new) in steps.items()),
        brought_back=_count_brought_back(steps),
        attempt=attempt,
    )


def _ask(request: HttpRequest, serial: int) -> Snapshot | Attempt:
    """The snapshot that was made, or that the same person has just asked for; else what is to be told."""
    reason = request.POST.get("reason", "")
    try:
        return request_rollback(
            serial=serial, by=person_of(request), reason=reason, expected_plan=request.POST.get("plan", "")
        )
    except PublishWaitingError as error:
        running = find_running()
        if running and running.requested_by_id == request.user.pk and running.rolled_back_to == serial:
            messages.info(request, str(error))
            return running
        return Attempt(reason, str(error))
    except RefusedFieldError as error:
        return Attempt(reason, str(error), error.field)
    except RefusedError as error:
        return Attempt(reason, keep_refusal(request, error))


def _count_brought_back(steps: Mapping[str, tuple[int | None, int | None]]) -> int:
    """How many of these entries the next publish would change again, since what is approved stays. Three queries."""
    approved: dict[str, int] = {}
    for model in ENTRY_MODELS:
        rows = model.objects.filter(approved_revision__isnull=False).values_list("key", "approved_revision_id")
        approved.update((key, pk) for key, pk in rows.iterator() if key in steps and pk is not None)
    return sum(pk != steps[key][1] for key, pk in approved.items())
