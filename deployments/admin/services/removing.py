"""Removing a service: with a reason, and told what stays."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from catalog.admin.direction import isolated
from catalog.admin.pages import keep_refusal, person_of, whole_number
from deployments.actions.errors import RefusedError, StaleEntryError
from deployments.actions.services.saving import remove_service
from deployments.admin.pages import render_service_page, service_or_404
from deployments.models import Service

STALE = "Somebody else has saved this service meanwhile. Nothing was removed: look at it again first."


def remove_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """POST removes it: `reason`, `expected_revision`."""
    service, message = service_or_404(request, pk), ""
    if request.method == "POST":
        message = _remove(request, service)
        if not message:
            messages.success(request, f"{isolated(service)} is removed.")
            return HttpResponseRedirect(reverse("service-pages:services"))
        service = service_or_404(request, pk)
    return render_service_page(
        request,
        "service_remove.html",
        title=f"Remove {isolated(service)}",
        service=service,
        message=message,
        reason=request.POST.get("reason", ""),
    )


def _remove(request: HttpRequest, service: Service) -> str:
    """Why not; empty if it is removed."""
    reason = request.POST.get("reason", "")
    if not reason.strip():
        return "Say why it is removed."
    expected = whole_number(request.POST.get("expected_revision", "")) or 0
    try:
        remove_service(service, by=person_of(request), reason=reason, expected_revision=expected)
    except StaleEntryError:
        return STALE
    except RefusedError as error:
        return keep_refusal(request, error)
    return ""
