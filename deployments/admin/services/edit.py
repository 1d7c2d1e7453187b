"""Changing a service: its settings as a new revision, with both versions if somebody else saved meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from catalog.admin.differences import Row
from catalog.admin.direction import isolated
from catalog.admin.pages import keep_refusal, person_of, whole_number
from catalog.models import Revision
from catalog.schemas.form_names import Posted
from catalog.schemas.form_rows import edit_rows
from deployments.actions.errors import RefusedError, StaleEntryError
from deployments.actions.services.drafts import Draft, document_of, draft_of
from deployments.actions.services.saving import change_service
from deployments.actions.services.teams import teams_of
from deployments.admin.pages import service_or_404
from deployments.admin.services.differences import readable
from deployments.admin.services.filling import Filled, fill, posted_of, sides_of, write_sides
from deployments.admin.services.parts import choose_parts, of_parts
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
from deployments.models import Service
from deployments.runner.secrets import KeyringError

WHY = "Say in the change note why this changes."


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else saved meanwhile: `rows` are theirs beside yours, `later` the revisions since yours began."""

    theirs: Revision
    later: Sequence[Revision]
    rows: Sequence[Row]


def edit_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET shows the form; POST takes it: `do` is check, save or deploy, `expected_revision` where it began, and
    `over` the newer revision that the person has looked at and wants to save over. Other buttons change rows or parts.
    """
    service = service_or_404(request, pk)
    if service.removed_at is not None:
        messages.error(request, "It is removed: nothing of it can be changed any more.")
        return HttpResponseRedirect(reverse("service-pages:service", args=(pk,)))
    if request.method == "POST":
        return _take(request, service, posted_of(request))
    draft = draft_of(service)
    posted = write_sides(draft, sides_of(draft))
    return _show(request, service, draft, {**posted, "expected_revision": [str(_number(service))]})


def _take(request: HttpRequest, service: Service, posted: Posted) -> HttpResponse:
    draft, unknown = _chosen(request, service, posted)
    posted, swaps = take_parts(request, draft, posted)
    rows = edit_rows(posted)
    if rows is not None and not swaps:
        return _show(request, service, draft, rows)
    filled = fill(draft, sides_of(draft), posted, service=service)
    errors = with_errors(filled, team_errors(request, draft, text(posted, "team")), unknown)
    if shows_only(posted, swaps):
        return _show(request, service, draft, posted, errors=of_parts(errors), swaps=swaps)
    wants_saving = text(posted, "do") in ("save", "deploy")
    if wants_saving and not text(posted, "change_note"):
        errors["change_note"] = [WHY]
    if errors or not wants_saving:
        return _show(
            request, service, draft, posted,
            errors=errors, warnings=filled.warnings, is_checked=not errors, conflict=_conflict(service, filled, posted),
            changes=readable(document_of(service), _document(filled)), new_secrets=sorted(filled.secrets),
        )  # fmt: skip
    return _save(request, service, filled, posted)


def _chosen(request: HttpRequest, service: Service, posted: Posted) -> tuple[Draft, dict[str, list[str]]]:
    """The service with the names and the parts that were posted, and what is wrong with the parts' names."""
    stored = draft_of(service)
    team = teams_of(person_of(request)).filter(name=text(posted, "team")).first()
    named = replace(stored, name=text(posted, "name"), environment=text(posted, "environment"), team=team)
    return choose_parts(named, posted, stored=stored)


def _document(filled: Filled) -> dict[str, Any]:
    """What the service would be."""
    return document_of(Service(**filled.draft.columns()))


def _show(request: HttpRequest, service: Service, draft: Draft, posted: Posted, **context: Any) -> HttpResponse:
    return show_settings(
        request,
        draft,
        posted,
        service=service,
        title=f"Edit {isolated(service)}",
        typed={"name": draft.name, "environment": draft.environment, "team": draft.team.name if draft.team else ""},
        hidden=[("expected_revision", text(posted, "expected_revision"))],
        **context,
    )


def _save(request: HttpRequest, service: Service, filled: Filled, posted: Posted) -> HttpResponse:
    over = whole_number(text(posted, "over"))
    expected = over if over is not None else whole_number(text(posted, "expected_revision"))
    try:
        revision = change_service(
            service,
            filled.draft,
            change_of(request, posted),
            expected_revision=expected or 0,
            secrets=filled.secrets,
        )
    except StaleEntryError:
        service = service_or_404(request, service.pk)
        return _show(request, service, filled.draft, posted, conflict=_conflict(service, filled, posted))
    except RefusedError as error:
        return _show(request, service, filled.draft, posted, errors={"": [keep_refusal(request, error)]})
    except KeyringError as error:
        return _show(request, service, filled.draft, posted, errors={"": [f"{error} {error.hint}"]})
    messages.success(request, _told(revision, filled.secrets))
    return _go_on(request, service, posted)


def _told(revision: Revision | None, secrets: Mapping[str, str]) -> str:
    if revision is not None:
        return f"Saved as revision {revision.number}."
    return "The new values of its secrets are kept; nothing else changed." if secrets else "Nothing changed."


def _go_on(request: HttpRequest, service: Service, posted: Posted) -> HttpResponse:
    there = reverse("service-pages:service", args=(service.pk,))
    if text(posted, "do") != "deploy":
        return HttpResponseRedirect(there)
    deployment, refusal = deploy(request, service)
    if refusal:
        messages.error(request, f"It is not deployed: {refusal}")
    return HttpResponseRedirect(deployment or there)


def _conflict(service: Service, filled: Filled, posted: Posted) -> Conflict | None:
    began, newest = whole_number(text(posted, "expected_revision")) or 0, service.latest_revision
    if newest is None or newest.number == began:
        return None
    later = Revision.objects.filter(entry_key=service.key, number__gt=began).select_related("author")
    return Conflict(newest, list(later.order_by("-number")[:10]), readable(newest.document, _document(filled)))


def _number(service: Service) -> int:
    return service.latest_revision.number if service.latest_revision else 0
