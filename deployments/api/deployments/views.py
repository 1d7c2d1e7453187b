"""Deployments to look at: all of one's teams, those of a service, and one; and asking for a new one."""

import uuid
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.problems import UnprocessableError
from catalog.api.read.parameters import Query, read_query, refuse_parameters
from catalog.api.write.common import person_of
from catalog.api.write.idempotency import idempotent
from deployments.actions.requests import request_deployment, request_redeploy
from deployments.api.common import ServiceView, deployments_for, find_deployment, find_service
from deployments.api.deployments import shapes
from deployments.api.deployments.bodies import DEPLOY
from deployments.api.deployments.documents import NOT_KEPT, answer_accepted, show_deployment, show_whole
from deployments.api.paging import answer_page, read_page, read_text
from deployments.models import Deployment, DeploymentState, Service


class DeploymentList(ServiceView):
    """Those of every service that the caller may look at."""

    scopes: ClassVar[dict[str, str]] = {"GET": "deployments:read"}

    @extend_schema(**shapes.LIST)
    def get(self, request: Request) -> Response:
        query = read_query(request, ("state", "service", "environment", "cursor", "limit"))
        found = {
            "state": query.choice("state", DeploymentState.values),
            "service": read_uuid(query, "service"),
            "service__environment": read_text(query, "environment"),
        }
        return _answer_list(request, query, {column: value for column, value in found.items() if value})


class ServiceDeployments(ServiceView):
    """Those of one service, and a new one."""

    scopes: ClassVar[dict[str, str]] = {"GET": "deployments:read", "POST": "deployments:trigger"}

    @extend_schema(**shapes.LIST_OF_SERVICE)
    def get(self, request: Request, id: uuid.UUID) -> Response:  # noqa: A002 - the name in the address
        query = read_query(request, ("state", "cursor", "limit"))
        state = query.choice("state", DeploymentState.values)
        service = find_service(request, id)
        return _answer_list(request, query, {"service": service.pk, **({"state": state} if state else {})})

    @extend_schema(**shapes.DEPLOY_SERVICE)
    @idempotent
    def post(self, request: Request, id: uuid.UUID) -> Response:  # noqa: A002
        refuse_parameters(request)
        service, person = find_service(request, id), person_of(request)
        body = DEPLOY.read(request)
        cancels, caches = body.get("cancelsRunning", False), body.get("usesCache", True)
        if "redeploy" in body:
            of = named_deployment(service, body["redeploy"], member="redeploy")
            made = request_redeploy(service, of=of, by=person, cancels_running=cancels, uses_cache=caches)
        else:
            made = request_deployment(service, by=person, cancels_running=cancels, uses_cache=caches)
        return answer_accepted(made)


class OneDeployment(ServiceView):
    """Everything of it but its log."""

    scopes: ClassVar[dict[str, str]] = {"GET": "deployments:read"}

    @extend_schema(**shapes.GET)
    def get(self, request: Request, id: uuid.UUID) -> Response:  # noqa: A002
        refuse_parameters(request)
        return Response(show_whole(find_deployment(request, id)), headers=NOT_KEPT)


def named_deployment(service: Service, name: str, *, member: str) -> Deployment:
    """The deployment that a body names. Raises UnprocessableError if it is none of the service."""
    found = service.deployments.select_related("artifact").filter(pk=uuid.UUID(name)).first()
    if found is None:
        problem = {"path": f"/{member}", "code": "reference", "message": f"The service has no deployment {name}."}
        raise UnprocessableError(problem["message"], errors=[problem])
    return found


def read_uuid(query: Query, name: str) -> uuid.UUID | None:
    """None if it is not there, or none."""
    try:
        return uuid.UUID(query.values[name]) if name in query.values else None
    except ValueError:
        query.refuse(name, "uuid", f"{name} is an id, as answers have it.")
        return None


def _answer_list(request: Request, query: Query, found: dict[str, object]) -> Response:
    rows = deployments_for(request).filter(**found).defer("configs")
    page, cursor = read_page(query, rows, by="requested_at", path=request.path)
    return answer_page(request, [show_deployment(deployment) for deployment in page], cursor)
