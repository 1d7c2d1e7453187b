"""Making a service: what it is made of, then its settings. Nothing is written before the last step."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from catalog.admin.direction import isolated
from catalog.admin.pages import keep_refusal, person_of
from catalog.models import Provider
from catalog.models.choices import ProviderType
from catalog.schemas.form_names import Posted
from catalog.schemas.form_rows import edit_rows
from deployments.actions.errors import RefusedError
from deployments.actions.services.drafts import Draft
from deployments.actions.services.judging import NAMES, judge_draft
from deployments.actions.services.saving import create_service
from deployments.actions.services.suggesting import can_suggest
from deployments.actions.services.teams import DEPLOY, SEE_EVERY
from deployments.admin.pages import render_service_page
from deployments.admin.services.choosing import (
    Choice,
    live,
    misfit_of_stack,
    offer_builders,
    offer_providers,
    offer_stacks,
    offer_targets,
    read_choice,
    stack_errors,
)
from deployments.admin.services.filling import INPUTS, Filled, fill, posted_of, sides_of, write_sides
from deployments.admin.services.parts import of_parts
from deployments.admin.services.settings import (
    change_of,
    deploy,
    show_settings,
    shows_only,
    take_parts,
    team_errors,
    text,
    with_errors,
)
from deployments.runner.secrets import KeyringError

FIRST_NOTE = "Made in the admin"
# What the first page asks, by the name of its input: the message where nothing was chosen.
MISSING = {
    "provider": "Choose where the source comes from.",
    "builder": "Choose how it is built.",
    "target": "Choose where it goes.",
}
PLACES = dict(zip(MISSING, (INPUTS[path] for path in NAMES.values()), strict=True))


def new_page(request: HttpRequest) -> HttpResponse:
    """GET asks what it is to be made of (all of that is in the address) and then shows its settings.

    POST takes the settings: `do` is check, save or deploy; other buttons change rows or parts, or look at the source.
    """
    is_sent = request.method == "POST"
    sent = (request.POST if is_sent else request.GET).dict()
    choice = read_choice(sent, person_of(request), is_begun=is_sent)
    draft = choice.draft()
    if is_sent and draft is not None:
        return _take(request, choice, draft)
    errors = _choice_errors(request, choice, draft)
    if draft is None or errors or request.GET.get("step") != "2":
        return _ask(request, choice, errors)
    return _show(request, choice, draft, {**write_sides(draft, sides_of(draft)), "change_note": [FIRST_NOTE]})


def _choice_errors(request: HttpRequest, choice: Choice, draft: Draft | None) -> dict[str, list[str]]:
    """What is wrong with what was chosen so far; nothing before anything was sent."""
    step = "2" if request.method == "POST" else request.GET.get("step", "")
    if not step:
        return {}
    asked = MISSING if step == "2" and choice.provider else ["provider"]
    errors = {
        PLACES[name]: [f"{MISSING[name]} What was chosen is not offered." if choice.typed[name] else MISSING[name]]
        for name in asked
        if not (choice.target if name == "target" else getattr(choice, name))
    }
    if misfit := misfit_of_stack(choice):
        errors["provider"] = [misfit]
    if choice.typed["stack"] and choice.stack is None:
        errors["stack"] = ["This stack is not offered any more."]
    if draft is None:
        return errors | ({} if choice.typed["name"] else {"name": ["Name it."]})
    for problem in judge_draft(draft, service=None).errors:
        if problem.path in INPUTS:
            errors.setdefault(INPUTS[problem.path], []).append(problem.message)
    return errors | team_errors(request, draft, choice.typed["team"])


def _ask(request: HttpRequest, choice: Choice, errors: Mapping[str, Sequence[str]]) -> HttpResponse:
    return render_service_page(
        request,
        "service_new.html",
        title="New service",
        choice=choice,
        typed=choice.typed,
        teams=choice.teams,
        errors=errors,
        stacks=offer_stacks(),
        providers=offer_providers(live(Provider, provider_type=ProviderType.SOURCE)),
        builders=offer_builders(choice.builders) if choice.provider else (),
        builder=choice.builder.slug if choice.builder else "",
        targets=offer_targets(choice.builder if choice.stack else None) if choice.provider else (),
        may_suggest=choice.provider is not None
        and (can_suggest(choice.provider.backend) or request.user.has_perm(DEPLOY)),
        step="2" if choice.provider else "1",
        may_go_without_team=request.user.has_perm(SEE_EVERY),
    )


def _show(request: HttpRequest, choice: Choice, draft: Draft, posted: Posted, **context: Any) -> HttpResponse:
    return show_settings(
        request,
        draft,
        posted,
        title="New service: settings",
        typed=choice.typed,
        stack=choice.stack,
        **context,
    )


def _take(request: HttpRequest, choice: Choice, draft: Draft) -> HttpResponse:
    posted, swaps = take_parts(request, draft, posted_of(request))
    rows = edit_rows(posted)
    if rows is not None and not swaps:
        return _show(request, choice, draft, rows)
    filled = fill(draft, sides_of(draft), posted, service=None)
    errors = with_errors(filled, team_errors(request, draft, choice.typed["team"]), stack_errors(choice))
    if shows_only(posted, swaps):
        return _show(request, choice, draft, posted, errors=of_parts(errors), swaps=swaps)
    if errors or text(posted, "do") not in ("save", "deploy"):
        return _show(request, choice, draft, posted, errors=errors, warnings=filled.warnings, is_checked=not errors)
    return _make(request, choice, filled, posted)


def _make(request: HttpRequest, choice: Choice, filled: Filled, posted: Posted) -> HttpResponse:
    try:
        service = create_service(filled.draft, change_of(request, posted), secrets=filled.secrets)
    except RefusedError as error:
        return _show(request, choice, filled.draft, posted, errors={"": [keep_refusal(request, error)]})
    except KeyringError as error:
        return _show(request, choice, filled.draft, posted, errors={"": [f"{error} {error.hint}"]})
    messages.success(request, f"{isolated(service)} is made.")
    there = reverse("service-pages:service", args=(service.pk,))
    if text(posted, "do") == "deploy":
        deployment, refusal = deploy(request, service)
        if refusal:
            messages.error(request, f"It is not deployed: {refusal}")
        return HttpResponseRedirect(deployment or there)
    return HttpResponseRedirect(there)
