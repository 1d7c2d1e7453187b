"""What a person asks of a service by a button: deploy, bring back, cancel, pin. One action each, then a redirect.

A press carries a number of its own (`press`): the same press again asks for nothing new.
"""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.urls import reverse

from catalog.admin.pages import keep_refusal, person_of
from deployments.actions.errors import HasEndedError, RefusedError
from deployments.actions.requests import (
    request_cancel,
    request_deployment,
    request_redeploy,
    request_rollback,
    set_pinned,
)
from deployments.actions.services.teams import DEPLOY
from deployments.models import Deployment, Service

PINNED = "Nothing is deployed by itself until somebody unpins the service; whoever may deploy it still can."


def do_deed(request: HttpRequest, service: Service, *, back: str) -> HttpResponseRedirect:
    """POST of `deed`, `press`, and for some `deployment`; to the page that shows what came of it, or `back`.

    Raises PermissionDenied for who may not deploy, Http404 for a deployment of another service.
    """
    if not request.user.has_perm(DEPLOY):
        raise PermissionDenied
    deed = DEEDS.get(request.POST.get("deed", ""))
    try:
        if deed is None:
            raise RefusedError("That was no button of this page; try again.")
        made = deed(request, service)
    except HasEndedError as error:
        # It ended between the look and the press: nobody did anything wrong.
        messages.info(request, str(error))
        return HttpResponseRedirect(back)
    except RefusedError as error:
        messages.error(request, keep_refusal(request, error))
        return HttpResponseRedirect(back)
    return HttpResponseRedirect(reverse("service-pages:deployment", args=(made.pk,)) if made else back)


def new_press() -> str:
    """For the buttons of a page that is made now."""
    return uuid.uuid4().hex


def _deploy(request: HttpRequest, service: Service) -> Deployment:
    return request_deployment(service, by=person_of(request), dedupe=_press(request))


def _deploy_afresh(request: HttpRequest, service: Service) -> Deployment:
    return request_deployment(service, by=person_of(request), dedupe=_press(request), uses_cache=False)


def _redeploy(request: HttpRequest, service: Service) -> Deployment:
    return request_redeploy(service, of=_named(request, service), by=person_of(request), dedupe=_press(request))


def _roll_back(request: HttpRequest, service: Service) -> Deployment:
    before = _named(request, service)
    made = request_rollback(service, to=before, by=person_of(request), dedupe=_press(request))
    messages.success(request, f"Deployment {made.number} brings back what deployment {before.number} made live. The "
                              f"service is pinned now. {PINNED}")  # fmt: skip
    return made


def _cancel(request: HttpRequest, service: Service) -> None:
    request_cancel(_named(request, service), by=person_of(request))


def _pin(request: HttpRequest, service: Service) -> None:
    set_pinned(service, is_pinned=True, by=person_of(request))
    messages.success(request, f"The service is pinned. {PINNED}")


def _unpin(request: HttpRequest, service: Service) -> None:
    set_pinned(service, is_pinned=False, by=person_of(request))
    messages.success(request, "The service is no longer pinned: what is pushed is deployed again.")


def _named(request: HttpRequest, service: Service) -> Deployment:
    try:
        pk = uuid.UUID(request.POST.get("deployment", ""))
    except ValueError:
        raise Http404 from None
    found = service.deployments.select_related("artifact", "service").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _press(request: HttpRequest) -> str:
    """What the action knows a press by: its number and what was asked; empty if it has none, so each is a new one."""
    try:
        number = uuid.UUID(request.POST.get("press", ""))
    except ValueError:
        return ""
    asked_for = (request.POST.get(name, "")[:40] for name in ("deed", "deployment"))
    return ":".join(("press", number.hex, *asked_for))


DEEDS: dict[str, Callable[[HttpRequest, Service], Deployment | None]] = {
    "deploy": _deploy,
    "deploy-afresh": _deploy_afresh,
    "redeploy": _redeploy,
    "roll-back": _roll_back,
    "cancel": _cancel,
    "pin": _pin,
    "unpin": _unpin,
}
