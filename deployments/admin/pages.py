"""What every page of services has: the admin's frame, and only what is of the person's teams."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse

from catalog.admin.pages import person_of
from deployments.actions.services.teams import DEPLOY, deployments_of, services_of
from deployments.models import Deployment, Service

SERVICE_ROWS = (
    "team", "provider", "builder", "stack", "latest_revision__author", "created_by",
    "active__requested_by", "active__artifact_of",
)  # fmt: skip
DEPLOYMENT_ROWS = (
    "service__team", "service__active", "requested_by", "artifact", "artifact_of", "replaces", "connection",
)  # fmt: skip


def render_service_page(request: HttpRequest, template: str, *, title: str, **context: Any) -> TemplateResponse:
    """A page in the admin's frame; `template` is a file name in `admin/deployments/`."""
    frame = admin.site.each_context(request)
    return TemplateResponse(request, f"admin/deployments/{template}", {**frame, "title": title, **context})


def service_or_404(request: HttpRequest, pk: UUID) -> Service:
    """Raises Http404 for a service that the person may not see, too."""
    service = services_of(person_of(request)).select_related(*SERVICE_ROWS).filter(pk=pk).first()
    if service is None:
        raise Http404
    return service


def deployment_or_404(request: HttpRequest, pk: UUID) -> Deployment:
    """Raises Http404 for a deployment of a service that the person may not see, too."""
    deployment = deployments_of(person_of(request)).select_related(*DEPLOYMENT_ROWS).filter(pk=pk).first()
    if deployment is None:
        raise Http404
    return deployment


def may_deploy(request: HttpRequest, service: Service) -> bool:
    """Of a service that the person sees."""
    return request.user.has_perm(DEPLOY) and service.removed_at is None
