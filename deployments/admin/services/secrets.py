"""The secrets of a service: their names, where they are used, and when they changed. Nobody reads a value back."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from catalog.admin.direction import isolated
from catalog.admin.pages import keep_refusal, person_of
from deployments.actions.errors import RefusedError, RefusedFieldError
from deployments.actions.services.drafts import CONFIG_MEMBERS, draft_of
from deployments.actions.services.judging import secrets_in
from deployments.actions.services.secrets import forget_service_secret, set_service_secret
from deployments.admin.pages import render_service_page, service_or_404
from deployments.admin.services.differences import member_label
from deployments.models import Secret, Service
from deployments.runner.secrets import KeyringError


@dataclass(frozen=True, slots=True)
class SecretLine:
    """`used` says in which settings; one that they need is missed by the next deployment if it goes."""

    secret: Secret
    used: Sequence[str]


def secrets_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """POST: `do` is set (`name`, `value`) or forget (`name`)."""
    service = service_or_404(request, pk)
    errors: dict[str, str] = {}
    if request.method == "POST" and service.removed_at is None:
        errors = _write(request, service)
        if not errors:
            return HttpResponseRedirect(request.path)
    lines = _lines(service)
    return render_service_page(
        request,
        "service_secrets.html",
        title=f"Secrets of {isolated(service)}",
        service=service,
        lines=lines,
        missing=_missing(service, {line.secret.name for line in lines}),
        errors=errors,
        name=request.POST.get("name", "") if errors else request.GET.get("name", ""),
    )


def _write(request: HttpRequest, service: Service) -> dict[str, str]:
    """What is wrong, by the name of the input; empty if it was written."""
    name, value = request.POST.get("name", "").replace("\0", "").strip(), request.POST.get("value", "")
    try:
        if request.POST.get("do") == "forget":
            forget_service_secret(service, name, by=person_of(request))
            messages.success(request, f"The secret {isolated(name[:64])} is forgotten.")
        else:
            set_service_secret(service, name, value, by=person_of(request))
            messages.success(request, f"The secret {name} is set. Deployments use it from now on.")
    except RefusedFieldError as error:
        return {error.field: str(error)}
    except RefusedError as error:
        return {"": keep_refusal(request, error)}
    except KeyringError as error:
        return {"": f"{error} {error.hint}"}
    return {}


def _lines(service: Service) -> list[SecretLine]:
    used = _uses(service)
    return [SecretLine(secret, used.get(secret.name, ())) for secret in service.secrets.order_by("name")]


def _missing(service: Service, there: set[str]) -> dict[str, list[str]]:
    return {name: places for name, places in _uses(service).items() if name not in there}


def _uses(service: Service) -> dict[str, list[str]]:
    """Name of a secret -> the settings that name it."""
    used: dict[str, list[str]] = {}
    for kind, config in draft_of(service).configs.items():
        for path, name in secrets_in(config):
            used.setdefault(name, []).append(member_label(f"/{CONFIG_MEMBERS[kind]}{path}"))
    return used
