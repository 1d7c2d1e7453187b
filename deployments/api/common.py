"""What every view of services has: who asks, the services and deployments that are there for them, and the keyring."""

import uuid
from typing import Any

import structlog
from django.db.models import QuerySet
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from catalog.api.base import ApiView
from catalog.api.problems import ProblemError
from catalog.api.write.common import person_of
from deployments.actions.services.teams import deployments_of, services_of
from deployments.models import Deployment, Service
from deployments.runner.secrets import KeyringError

log = structlog.get_logger(__name__)
RELATED = (
    "team", "provider__live_revision", "builder__live_revision", "stack", "latest_revision", "active", "created_by",
)  # fmt: skip
RELATED_OF_DEPLOYMENT = ("service", "requested_by", "token", "connection", "artifact")


class UnavailableError(ProblemError):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "unavailable"


class ServiceView(ApiView):
    """A view of services; those of other teams, and removed ones, are not there."""

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, KeyringError):
            # Where it lies is the operator's business.
            log.error("keyring_unreadable", reason=str(exc))
            exc = UnavailableError("Secrets cannot be kept: ask whoever runs the registry for its keyring.")
        return super().handle_exception(exc)


def services_for(request: Request) -> QuerySet[Service]:
    """Those that the caller may look at, with everything that is shown of them; one query."""
    return services_of(person_of(request)).filter(removed_at=None).select_related(*RELATED)


def find_service(request: Request, id: uuid.UUID) -> Service:  # noqa: A002 - the name in addresses
    """Raises NotFound."""
    service = services_for(request).filter(pk=id).first()
    if service is None:
        raise NotFound(f"There is no service {id}.")
    return service


def deployments_for(request: Request) -> QuerySet[Deployment]:
    """Those that the caller may look at, of removed services too, with everything that is shown of them."""
    return deployments_of(person_of(request)).select_related(*RELATED_OF_DEPLOYMENT)


def find_deployment(request: Request, id: uuid.UUID) -> Deployment:  # noqa: A002 - the name in addresses
    """Raises NotFound."""
    deployment = deployments_for(request).filter(pk=id).first()
    if deployment is None:
        raise NotFound(f"There is no deployment {id}.")
    return deployment
