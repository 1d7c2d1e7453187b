"""The page that shows the plan of a publish, and asks for it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from catalog.actions.errors import RefusedError, RefusedFieldError
from catalog.actions.snapshots import (
    MassChangeError,
    NothingToPublishError,
    PlanChangedError,
    PlanProblemsError,
    PublishWaitingError,
    find_request,
    plan_digest,
    request_snapshot,
    steps_of,
)
from catalog.admin.pages import keep_refusal, person_of, render_page
from catalog.admin.people.targets import Target, entry_targets
from catalog.admin.publishing.plans import show_plan
from catalog.admin.publishing.problems import MAX_SHOWN, show_problems
from catalog.admin.publishing.warnings import plan_warnings
from catalog.models import Snapshot
from catalog.models.snapshots import SnapshotState
from catalog.publishing.candidate import collect_changes, find_problems, live_keys
from catalog.publishing.plan import Change, EntryProblem, is_mass_change
from catalog.publishing.tree import MANIFEST_PATH, POINTER_PATH, group_of

# Checking a document takes half a millisecond; a larger plan is checked when it is asked for.
MAX_CHECKED = 200
SHOWN_WARNINGS = 20


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was sent and refused; `field` is where the message belongs: `note`, `typed`, or above the form."""

    note: str = ""
    typed: str = ""
    message: str = ""
    field: str = ""
    problems: Sequence[EntryProblem] | None = None


def publish_page(request: HttpRequest) -> HttpResponse:
    """GET shows the plan, POST asks for it (`plan`: digest of what was shown; `note`; `typed`: the confirmation)."""
    attempt = Attempt()
    if request.method == "POST":
        attempt = Attempt(request.POST.get("note", ""), request.POST.get("typed", ""))
        asked = _ask(request, attempt)
        if isinstance(asked, Snapshot):
            return HttpResponseRedirect(reverse("admin:catalog_snapshot_change", args=(asked.pk,)))
        attempt = asked
    changes = collect_changes()
    is_checked = len(changes) <= MAX_CHECKED or attempt.problems is not None
    problems = attempt.problems or (find_problems(changes) if len(changes) <= MAX_CHECKED else [])
    warnings = plan_warnings(changes)
    listed = [(key, sentence) for key, sentences in sorted(warnings.items()) for sentence in sentences]
    above, below = listed[:SHOWN_WARNINGS], listed[SHOWN_WARNINGS:]
    live = len(live_keys())
    touched, percent = touched_by(changes), settings.REGISTRY_MASS_CHANGE_PERCENT
    return render_page(
        request,
        "publish.html",
        title="Publish",
        plan=show_plan(request, changes.values(), warnings=_by_key(below)),
        digest=plan_digest(steps_of(changes)),
        problems=show_problems(request, problems),
        more_problems=max(len(problems) - MAX_SHOWN, 0),
        is_checked=is_checked,
        warnings=_named(request, above),
        warned={key for key, _ in above},
        more_warnings=len(below),
        files=[POINTER_PATH, MANIFEST_PATH],
        groups=sorted({group_of(key) for key in changes}),
        live=Snapshot.objects.filter(state=SnapshotState.LIVE).first(),
        running=find_running(),
        is_mass_change=is_mass_change(changes.values(), live=live, percent=percent),
        touched=touched,
        live_count=live,
        percent=percent,
        attempt=attempt,
    )


def _by_key(warnings: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for key, sentence in warnings:
        found[key].append(sentence)
    return found


def _named(request: HttpRequest, warnings: Sequence[tuple[str, str]]) -> list[tuple[Target, str]]:
    """What each warning is about, by the name of the entry. A query for each kind."""
    targets = entry_targets(request, {key for key, _ in warnings})
    return [(targets.get(key, Target(key)), sentence) for key, sentence in warnings]


def touched_by(changes: Mapping[str, Change]) -> int:
    """How many entries that readers may know are changed or go; the number that a person types to confirm."""
    return sum(change.verb != "added" for change in changes.values())


def find_running() -> Snapshot | None:
    """The publish that waits or is being done. One query."""
    states = (SnapshotState.PENDING, SnapshotState.PUBLISHING)
    return Snapshot.objects.filter(state__in=states).select_related("requested_by").order_by("pk").first()


def _ask(request: HttpRequest, attempt: Attempt) -> Snapshot | Attempt:
    """The snapshot that was made, or that the same person has just asked for; else what is to be told."""
    try:
        return _request(request, attempt, is_confirmed=False)
    except PublishWaitingError as error:
        running = find_running()
        mine = running if running and running.requested_by_id == request.user.pk else _asked_before(request)
        if mine is None:
            return replace(attempt, message=str(error))
        messages.info(request, str(error))
        return mine
    except (NothingToPublishError, PlanChangedError) as error:
        before = _asked_before(request)
        if before is None:
            keep_refusal(request, error)
            return _refused(attempt, error)
        messages.info(request, "You have asked for this already; this is what became of it.")
        return before
    except RefusedError as error:
        keep_refusal(request, error)
        return _refused(attempt, error)


def _asked_before(request: HttpRequest) -> Snapshot | None:
    """What an earlier press of the same button made: a worker may be done before the second press arrives."""
    return find_request(request.POST.get("plan", ""), by=person_of(request))


def _refused(attempt: Attempt, error: RefusedError) -> Attempt:
    """What to show instead, with what was typed."""
    if isinstance(error, PlanProblemsError):
        return replace(attempt, message="Nothing was published.", problems=error.problems)
    if isinstance(error, PlanChangedError):
        # The number that was typed was about another plan.
        return replace(attempt, message=str(error), typed="")
    if isinstance(error, MassChangeError):
        return replace(attempt, message=f"Type {error.touched} to confirm; nothing was published.", field="typed")
    return replace(attempt, message=str(error), field=error.field if isinstance(error, RefusedFieldError) else "")


def _request(request: HttpRequest, attempt: Attempt, *, is_confirmed: bool) -> Snapshot:
    try:
        return request_snapshot(
            by=person_of(request),
            note=attempt.note,
            confirm_mass_change=is_confirmed,
            expected_plan=request.POST.get("plan", ""),
        )
    except MassChangeError as error:
        if is_confirmed or attempt.typed.replace(",", "").strip() != str(error.touched):
            raise
    return _request(request, attempt, is_confirmed=True)
