"""The page on which a service's settings are filled in, of a new one and of one that is there."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from catalog.actions.revisions import Change
from catalog.admin.pages import keep_refusal, person_of
from catalog.models.history import RevisionSource
from catalog.schemas.form_names import Posted
from deployments.actions.errors import NotAllowedError, RefusedError
from deployments.actions.requests import request_deployment
from deployments.actions.services.drafts import Draft
from deployments.actions.services.suggesting import can_suggest
from deployments.actions.services.teams import DEPLOY, SEE_EVERY, refuse_team
from deployments.admin.pages import render_service_page
from deployments.admin.services.choosing import teams_for
from deployments.admin.services.filling import Filled, Side, bind_sides, list_errors
from deployments.admin.services.list import target_name
from deployments.models import BackendKind, Service

LABELS = {"name": "Name", "environment": "Environment", "team": "Team", "change_note": "Change note"}
MAX_SUMMARY = 30


def show_settings(
    request: HttpRequest,
    draft: Draft,
    sides: Sequence[Side],
    posted: Posted,
    *,
    errors: Mapping[str, Sequence[str]] | None = None,
    service: Service | None = None,
    **context: Any,
) -> HttpResponse:
    """`posted` is what the inputs hold; `errors` are by the name of the input, general ones below an empty name."""
    told = errors or {}
    bound = bind_sides(sides, posted, told, service=service)
    return render_service_page(
        request,
        "service_settings.html",
        service=service,
        draft=draft,
        target=target_name(draft.target_backend),
        bound=bound,
        errors=told,
        general=told.get("", ()),
        summary=summarize(told, [each.form for each in bound])[:MAX_SUMMARY],
        teams=teams_for(person_of(request), now=service.team if service else None),
        may_go_without_team=request.user.has_perm(SEE_EVERY),
        may_deploy=request.user.has_perm(DEPLOY),
        note=text(posted, "change_note"),
        is_source=BackendKind.SOURCE,
        may_suggest=service is None and can_suggest(draft.backends[BackendKind.SOURCE]),
        **context,
    )


def summarize(errors: Mapping[str, Sequence[str]], forms: Sequence[Any]) -> list[tuple[str, str, str]]:
    """(id of the input, its label, message) of everything that is wrong, in the order of the page."""
    above = [(f"id_{name}", LABELS[name], message) for name in LABELS for message in errors.get(name, ())]
    return [*above, *(each for form in forms for each in list_errors(form))]


def team_errors(request: HttpRequest, draft: Draft, typed: str) -> dict[str, list[str]]:
    """Whether the person may give the service to the team that was typed."""
    try:
        if typed and draft.team is None:
            raise NotAllowedError("Choose a team that you belong to.")
        refuse_team(person_of(request), draft.team)
    except NotAllowedError as error:
        return {"team": [str(error)]}
    return {}


def change_of(request: HttpRequest, posted: Posted) -> Change:
    return Change(by=person_of(request), note=text(posted, "change_note"), source=RevisionSource.ADMIN)


def deploy(request: HttpRequest, service: Service) -> tuple[str, str]:
    """(where to go, why not) after asking for a deployment; one of the two is empty."""
    try:
        deployment = request_deployment(service, by=person_of(request))
    except RefusedError as error:
        return "", keep_refusal(request, error)
    return reverse("service-pages:deployment", args=(deployment.pk,)), ""


def text(posted: Posted, name: str) -> str:
    values = posted.get(name, ())
    return values[-1].strip() if values else ""


def with_errors(filled: Filled, *more: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    found = dict(filled.errors)
    for errors in more:
        found |= errors
    return found
