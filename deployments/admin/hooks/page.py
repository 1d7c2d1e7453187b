"""The hooks of a service: made, changed, deleted; what to paste where, and what they were told lately.

A secret is in the one answer that makes it: in no address, no message, no session.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from catalog.admin.direction import isolated
from catalog.admin.pages import keep_refusal, person_of
from deployments.actions.errors import RefusedError, RefusedFieldError
from deployments.actions.hooks.managing import change_hook, delete_hook, make_hook, rotate_hook
from deployments.actions.services.teams import CHANGE
from deployments.admin.pages import render_service_page, service_or_404
from deployments.models import Flavour, Hook, HookDelivery, Service
from deployments.runner.secrets import KeyringError

SHOWN_DELIVERIES = 20
# Which members of a config say what is deployed: what most people want to be told of.
BRANCH_MEMBERS = ("branch", "ref")
WORDS = {
    Flavour.GITHUB: "GitHub",
    Flavour.GITLAB: "GitLab",
    Flavour.GENERIC: "Any program, such as the last step of a pipeline",
}


@dataclass(slots=True)
class Told:
    """What came of what was sent: a hook with its new secret, or mistakes by field ("" for what belongs to none)."""

    hook: Hook | None = None
    secret: str = ""
    flavour: str = Flavour.GITHUB
    branches: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A hook, and the address to send to."""

    hook: Hook
    address: str

    @property
    def branches(self) -> str:
        return ", ".join(self.hook.branches)


def hooks_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET lists; POST does the `deed` make (`flavour`, `branches`), or rotate, change, delete of the `hook`."""
    service = service_or_404(request, pk)
    told = Told(branches=_branch_of(service))
    if request.method == "POST":
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        told = Told(flavour=request.POST.get("flavour", ""), branches=request.POST.get("branches", ""))
        if _do(request, service, told):
            return HttpResponseRedirect(request.path)
        if told.secret:
            told.flavour, told.branches = Flavour.GITHUB, _branch_of(service)
    deliveries = HookDelivery.objects.filter(hook__service=service).select_related("hook", "deployment")
    return render_service_page(
        request,
        "hooks.html",
        title=f"Webhooks of {isolated(service.name)}",
        service=service,
        rows=[_row(request, hook) for hook in service.hooks.order_by("created_at", "pk")],
        made=_row(request, told.hook) if told.hook else None,
        told=told,
        deliveries=deliveries[:SHOWN_DELIVERIES],
        flavours=[(value, WORDS[Flavour(value)]) for value in Flavour.values],
        may_change=request.user.has_perm(CHANGE) and service.removed_at is None,
    )


def _do(request: HttpRequest, service: Service, told: Told) -> bool:
    """Whether the page is to be loaded anew; a secret, or a mistake, is shown at once."""
    deed = DEEDS.get(request.POST.get("deed", ""))
    if deed is None:
        raise Http404
    try:
        return deed(request, service, told)
    except RefusedFieldError as error:
        told.errors[error.field] = str(error)
    except (RefusedError, KeyringError) as error:
        told.errors[""] = keep_refusal(request, error) if isinstance(error, RefusedError) else str(error)
    return False


def _make(request: HttpRequest, service: Service, told: Told) -> bool:
    told.hook, told.secret = make_hook(
        service, flavour=told.flavour, branches=told.branches.split(","), by=person_of(request)
    )
    return False


def _rotate(request: HttpRequest, service: Service, told: Told) -> bool:
    hook = _hook_or_404(request, service)
    told.secret = rotate_hook(hook, by=person_of(request))
    told.hook = hook
    return False


def _change(request: HttpRequest, service: Service, told: Told) -> bool:
    hook, is_enabled = _hook_or_404(request, service), request.POST.get("is_enabled") == "yes"
    try:
        change_hook(hook, is_enabled=is_enabled, branches=told.branches.split(","), by=person_of(request))
    except RefusedFieldError as error:
        # The field of the form below has the same name: this one belongs to the hook.
        told.errors[""] = str(error)
        return False
    messages.success(
        request, "The hook is saved." if is_enabled else "The hook is disabled: what it is told is refused."
    )
    return True


def _delete(request: HttpRequest, service: Service, told: Told) -> bool:
    delete_hook(_hook_or_404(request, service), by=person_of(request))
    messages.success(request, "The hook is deleted. Remove it where it was set up, too.")
    return True


Deed = Callable[[HttpRequest, Service, Told], bool]
DEEDS: dict[str, Deed] = {"make": _make, "rotate": _rotate, "change": _change, "delete": _delete}


def _hook_or_404(request: HttpRequest, service: Service) -> Hook:
    try:
        hook = service.hooks.select_related("service").filter(pk=request.POST.get("hook", "")).first()
    except ValidationError as error:
        raise Http404 from error
    if hook is None:
        raise Http404
    return hook


def _row(request: HttpRequest, hook: Hook) -> Row:
    return Row(hook, request.build_absolute_uri(reverse("services:hook", args=(hook.token,))))


def _branch_of(service: Service) -> str:
    named = (service.source_config.get(member) for member in BRANCH_MEMBERS)
    return next((each for each in named if isinstance(each, str) and each), "main")
