"""The page on which a service's settings are filled in, of a new one and of one that is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from deployments.actions.services.teams import DEPLOY, SEE_EVERY, refuse_team, teams_of
from deployments.admin.pages import render_service_page
from deployments.admin.services.choosing import Offer
from deployments.admin.services.filling import BoundSide, Filled, bind_sides, kept_inputs, list_errors, sides_of
from deployments.admin.services.parts import NOUNS, Swap, aside_inputs, offers_for, swap_parts, value_of
from deployments.admin.services.suggesting import choose_builder, may_suggest, suggestions_for, with_detected
from deployments.models import BackendKind, Service

LABELS = {
    "name": "Name", "environment": "Environment", "team": "Team", "stack": "Stack", "provider": "Source",
    "builder": "Builder", "target_part": "Target", "change_note": "Change note",
}  # fmt: skip
MAX_SUMMARY = 30


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A form of the page, what its part is (`value`) and could be, what is `told` of that, and what it was before."""

    bound: BoundSide
    value: str
    offers: Sequence[Offer]
    told: Sequence[str]
    swap: Swap | None

    @property
    def noun(self) -> str:
        return NOUNS[self.bound.side.kind]


def show_settings(
    request: HttpRequest,
    draft: Draft,
    posted: Posted,
    *,
    errors: Mapping[str, Sequence[str]] | None = None,
    service: Service | None = None,
    swaps: Mapping[BackendKind, Swap] | None = None,
    **context: Any,
) -> HttpResponse:
    """`posted` is what the inputs hold; `errors` are by the name of the input, general ones below an empty name."""
    told, swapped = errors or {}, swaps or {}
    sides = sides_of(draft)
    suggestion = suggestions_for(request, draft, posted, service) if BackendKind.SOURCE not in swapped else None
    bound = bind_sides(sides, posted, told, service=service)
    offers = offers_for(draft)
    return render_service_page(
        request,
        "service_settings.html",
        service=service,
        draft=draft,
        parts=[
            ShownPart(
                each,
                value_of(draft, each.side.kind),
                offers[each.side.kind],
                told.get(each.side.place, ()),
                swapped.get(each.side.kind),
            )
            for each in bound
        ],
        aside=[*aside_inputs(posted), *kept_inputs(sides, posted)],
        errors=told,
        general=told.get("", ()),
        summary=summarize(told, [form for each in bound for form in each.forms])[:MAX_SUMMARY],
        teams=list(teams_of(person_of(request))),
        may_go_without_team=request.user.has_perm(SEE_EVERY),
        may_deploy=request.user.has_perm(DEPLOY),
        note=text(posted, "change_note"),
        is_build=BackendKind.BUILD,
        may_suggest=may_suggest(request, draft),
        suggestion=suggestion,
        choice=choose_builder(
            offers[BackendKind.BUILD], suggestion, now=draft.builder.slug, is_new="suggest" in posted
        ),
        **context,
    )


def take_parts(request: HttpRequest, draft: Draft, posted: Posted) -> tuple[Posted, dict[BackendKind, Swap]]:
    """What the inputs hold for the parts that are chosen now, and which are other ones: see `swap_parts`."""
    posted, swaps = swap_parts(draft, posted)
    if BackendKind.BUILD in swaps:
        posted, found = with_detected(request, draft, posted)
        swaps[BackendKind.BUILD] = replace(swaps[BackendKind.BUILD], found=found)
    return posted, swaps


def shows_only(posted: Posted, swaps: Mapping[BackendKind, Swap]) -> bool:
    """Whether a button was pressed that only shows the page anew, or a part was chosen whose settings are not known."""
    return bool(swaps) or "swap" in posted or "suggest" in posted


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
