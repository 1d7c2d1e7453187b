"""The list of services: what each is made of, what is live, and how its last deployment went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import Group
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse

from catalog.admin.pages import person_of
from catalog.models import Builder, Provider
from deployments.actions.services.teams import ADD, by_name, services_of
from deployments.admin.filters import MAX_OPTIONS, ChoiceFilter, asked, choice, counted, narrow, narrowing, page_of
from deployments.admin.pages import render_service_page
from deployments.admin.safe_text import web_address
from deployments.admin.states import Badge, badge_of
from deployments.backends import BackendMissingError
from deployments.models import Deployment, DeploymentState, Service
from deployments.targets import get_target

NOBODY = "none"
NEVER = "never"


@dataclass(frozen=True, slots=True)
class Row:
    """A service as the list shows it; `last` is its newest deployment, `live_url` where what is live can be seen."""

    service: Service
    target: str
    live_url: str
    last: Deployment | None
    badge: Badge | None


def services_page(request: HttpRequest) -> HttpResponse:
    """GET only; `q` searches names; see `filters_for` for the rest."""
    mine = services_of(person_of(request))
    query, filters = asked(request, "q"), filters_for(request, mine)
    found = narrow(with_last_state(mine), filters)
    if not any(each.name == "removed" and each.shown for each in filters):
        found = found.filter(removed_at=None)
    if query:
        found = found.filter(name__icontains=query)
    page = page_of(request, by_name(found).select_related("team", "provider", "builder", "active"))
    return render_service_page(
        request,
        "services.html",
        title="Services",
        page=page,
        rows=rows_of(list(page.object_list)),
        found_words=counted(page, "service"),
        may_add=request.user.has_perm(ADD),
        **narrowing(request, filters, query=query),
    )


def with_last_state(services: QuerySet[Service]) -> QuerySet[Service]:
    """`last_pk` and `last_state` of each one's newest deployment, for those that are shown or asked for only."""
    newest = Deployment.objects.filter(service=OuterRef("pk")).order_by("-number")
    return services.annotate(last_pk=Subquery(newest.values("pk")[:1]), last_state=Subquery(newest.values("state")[:1]))


def rows_of(services: Sequence[Service]) -> list[Row]:
    """One query."""
    last = Deployment.objects.in_bulk([pk for each in services if (pk := _last_pk(each))])
    return [_row(each, last) for each in services]


def _last_pk(service: Service) -> UUID | None:
    pk: UUID | None = service.last_pk  # type: ignore[attr-defined]
    return pk


def _row(service: Service, deployments: Mapping[UUID, Deployment]) -> Row:
    pk = _last_pk(service)
    last = deployments.get(pk) if pk else None
    return Row(
        service=service,
        target=target_name(service.target_backend),
        live_url=web_address(service.active.release.get("url")) if service.active else "",
        last=last,
        badge=badge_of(last) if last else None,
    )


def target_name(spec: str) -> str:
    """What people call a target; its `key@major` if its package is not there any more."""
    try:
        return get_target(spec).info.name
    except BackendMissingError:
        return f"{spec} (not installed)"


def filters_for(request: HttpRequest, mine: QuerySet[Service]) -> list[ChoiceFilter]:
    """Choices are those that the person's own services have. Four queries."""
    own = mine.order_by().values
    teams = Group.objects.filter(pk__in=own("team")).order_by("name").values_list("pk", "name")
    environments = mine.order_by("environment").values_list("environment", "environment").distinct()
    providers = Provider.objects.filter(pk__in=own("provider")).order_by("display_name")
    builders = Builder.objects.filter(pk__in=own("builder")).order_by("display_name")
    states = [*DeploymentState.choices, (NEVER, "Never deployed")]
    return [
        choice(request, "team", "Team", [*teams[:MAX_OPTIONS], (NOBODY, "No team")], condition=_of_team),
        choice(request, "environment", "Environment", environments[:MAX_OPTIONS]),
        choice(request, "provider", "Provider", providers.values_list("slug", "display_name")[:MAX_OPTIONS],
               column="provider__slug"),
        choice(request, "builder", "Builder", builders.values_list("slug", "display_name")[:MAX_OPTIONS],
               column="builder__slug"),
        choice(request, "last", "Last deployment", states, condition=_ended_in),
        choice(request, "pinned", "Pinned", [("yes", "Pinned"), ("no", "Not pinned")],
               condition=lambda value: Q(is_pinned=value == "yes")),
        choice(request, "removed", "Removed", [("yes", "Removed ones only"), ("all", "All, also removed")],
               condition=lambda value: Q() if value == "all" else Q(removed_at__isnull=False),
               help_text="Removed services show only when you choose them here."),
    ]  # fmt: skip


def _of_team(value: str) -> Q:
    return Q(team=None) if value == NOBODY else Q(team=value)


def _ended_in(value: str) -> Q:
    return Q(last_state=None) if value == NEVER else Q(last_state=value)
