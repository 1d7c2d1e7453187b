"""Backends in use: which services use which version, which are missing, and the upgrade to a newer one."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from catalog.actions.revisions import Change
from catalog.admin.differences import Row
from catalog.admin.direction import isolated
from catalog.admin.pages import keep_refusal, person_of, whole_number
from catalog.models.history import RevisionSource
from deployments.actions.errors import InvalidDocumentError, RefusedError
from deployments.actions.services.teams import CHANGE, by_name, services_of
from deployments.actions.services.upgrading import (
    COLUMNS,
    Upgrade,
    Use,
    find_uses,
    newer_of,
    plan_upgrade,
    upgrade_service,
)
from deployments.admin.pages import render_service_page
from deployments.admin.services.differences import member_label, readable
from deployments.models import BackendKind, Service

# So many at once are looked at, and upgraded.
SHOWN = 50
ROWS = ("team", "stack", "latest_revision", "provider__live_revision", "builder__live_revision")
KINDS = {BackendKind.SOURCE: "Sources", BackendKind.BUILD: "Builders", BackendKind.TARGET: "Targets"}


@dataclass(frozen=True, slots=True)
class Group:
    """The backends of one kind."""

    title: str
    uses: Sequence[Use]


@dataclass(frozen=True, slots=True)
class Shown:
    """A service that could be upgraded, what would differ, what is wrong with that (where, why), and the number of the
    revision that was looked at.
    """

    plan: Upgrade
    differences: Sequence[Row]
    problems: Sequence[tuple[str, str]]
    revision: int


def backends_page(request: HttpRequest) -> HttpResponse:
    """Every backend that the person's services use."""
    uses = find_uses(_services(request))
    groups = [Group(title, [use for use in uses if use.kind == kind]) for kind, title in KINDS.items()]
    return render_service_page(
        request,
        "backends.html",
        title="Backends in use",
        groups=[group for group in groups if group.uses],
        missing=[use for use in uses if use.error],
        may_change=request.user.has_perm(CHANGE),
    )


def upgrade_page(request: HttpRequest, kind: str, spec: str, to: str) -> HttpResponse:
    """GET shows what would become of each service; POST upgrades those of `service`, each by itself."""
    if kind not in BackendKind.values or to not in newer_of(BackendKind(kind), spec):
        raise Http404
    side = BackendKind(kind)
    using = _services(request).filter(**{COLUMNS[side][0]: spec}).select_related(*ROWS)
    if request.method == "POST":
        _upgrade_chosen(request, using, side, to)
        return HttpResponseRedirect(request.path if using.exists() else reverse("service-pages:backends"))
    count = using.count()
    if not count:
        raise Http404
    return render_service_page(
        request,
        "upgrade.html",
        title=f"From {spec} to {to}",
        spec=spec,
        to=to,
        rows=[_show(plan_upgrade(service, kind=side, to=to)) for service in by_name(using)[:SHOWN]],
        count=count,
        shown=SHOWN,
        may_change=request.user.has_perm(CHANGE),
    )


def _services(request: HttpRequest) -> "QuerySet[Service, Service]":
    return services_of(person_of(request)).filter(removed_at=None)


def _show(plan: Upgrade) -> Shown:
    problems = [(member_label(problem.path), problem.message) for problem in plan.problems]
    return Shown(plan, readable(plan.before, plan.after), problems, _revision_of(plan.service))


def _upgrade_chosen(request: HttpRequest, using: "QuerySet[Service, Service]", kind: BackendKind, to: str) -> None:
    """What became of each is told in messages; one that is refused keeps none of the others."""
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    chosen = [pk for pk in request.POST.getlist("service")[:SHOWN] if _is_uuid(pk)]
    change = Change(by=person_of(request), note=f"Upgraded to {to}", source=RevisionSource.ADMIN)
    upgraded = 0
    for service in by_name(using.filter(pk__in=chosen)):
        expected = whole_number(request.POST.get(f"revision-{service.pk}", ""))
        try:
            upgrade_service(service, change, kind=kind, to=to, expected_revision=expected)
            upgraded += 1
        except RefusedError as error:
            messages.error(request, f"{isolated(service.name)} stays as it is. {_said(request, error)}")
    if upgraded:
        words = "service is" if upgraded == 1 else "services are"
        messages.success(request, f"{upgraded} {words} upgraded to {to}. The next deployment runs with it.")
    elif not chosen:
        messages.error(request, "Nothing was upgraded: tick the services first.")


def _said(request: HttpRequest, error: RefusedError) -> str:
    if isinstance(error, InvalidDocumentError):
        return " ".join(f"{member_label(problem.path)}: {problem.message}" for problem in error.problems)
    return keep_refusal(request, error)


def _revision_of(service: Service) -> int:
    return service.latest_revision.number if service.latest_revision else 0


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
