"""The list of deployments over all services that the person sees."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from catalog.admin.pages import person_of
from deployments.actions.services.teams import deployments_of, services_of
from deployments.admin.filters import MAX_OPTIONS, ChoiceFilter, choice, counted, narrow, narrowing, page_of
from deployments.admin.pages import render_service_page
from deployments.admin.states import Badge, badge_of, in_words, took
from deployments.models import Deployment, DeploymentKind, DeploymentState, Service

RUNNING_OR_WAITING = "under-way"
SYSTEM = "system"
SINCE = (("1", "The last 24 hours"), ("7", "The last 7 days"), ("30", "The last 30 days"), ("365", "The last year"))


@dataclass(frozen=True, slots=True)
class Line:
    """A deployment in a list."""

    deployment: Deployment
    badge: Badge
    duration: str
    is_live: bool


def deployments_page(request: HttpRequest) -> HttpResponse:
    """GET only; see `filters_for`."""
    person = person_of(request)
    mine = deployments_of(person)
    filters = filters_for(request, mine, services_of(person))
    found = narrow(mine, filters).select_related("service", "requested_by", "artifact_of")
    page = page_of(request, found.order_by("-requested_at", "-number", "pk"))
    return render_service_page(
        request,
        "deployments.html",
        title="Deployments",
        page=page,
        lines=[line_of(each) for each in page],
        found_words=counted(page, "deployment"),
        **narrowing(request, filters),
    )


def line_of(deployment: Deployment) -> Line:
    """`service` has to be there."""
    is_live = deployment.service.active_id == deployment.pk
    return Line(deployment, badge_of(deployment), in_words(took(deployment)), is_live)


def filters_for(request: HttpRequest, mine: QuerySet[Deployment], services: QuerySet[Service]) -> list[ChoiceFilter]:
    """Three queries."""
    states = [(RUNNING_OR_WAITING, "Under way"), *DeploymentState.choices]
    names = [(service.pk, str(service)) for service in services.only("pk", "name", "environment")[:MAX_OPTIONS]]
    environments = services.order_by("environment").values_list("environment", "environment").distinct()
    people = User.objects.filter(pk__in=mine.order_by().values("requested_by")).order_by("username")
    who = [*people.values_list("pk", "username")[:MAX_OPTIONS], (SYSTEM, "the system")]
    return [
        choice(request, "state", "State", states, condition=_in_state),
        choice(request, "service", "Service", names),
        choice(request, "environment", "Environment", environments[:MAX_OPTIONS], column="service__environment"),
        choice(request, "kind", "Kind", DeploymentKind.choices),
        choice(request, "who", "Asked for by", who, condition=_asked_by),
        choice(request, "since", "Asked for within", SINCE, condition=_since),
    ]


def _in_state(value: str) -> Q:
    return Q(finished_at=None) if value == RUNNING_OR_WAITING else Q(state=value)


def _asked_by(value: str) -> Q:
    return Q(requested_by=None) if value == SYSTEM else Q(requested_by=value)


def _since(value: str) -> Q:
    return Q(requested_at__gte=timezone.now() - timedelta(days=int(value)))
