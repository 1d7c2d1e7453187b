"""The secrets of a service: set, forgotten, and listed by name; nobody reads a value back."""

import uuid
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.read.parameters import refuse_parameters
from catalog.api.write.common import person_of
from deployments.actions.secrets import STORED_NAME
from deployments.actions.services.secrets import forget_service_secret, set_service_secret
from deployments.actions.services.teams import CHANGE, refuse_without
from deployments.api.common import ServiceView, find_service
from deployments.api.services import past_shapes
from deployments.api.services.bodies import SECRET
from deployments.models import Secret, Service

NOT_KEPT = {"Cache-Control": "private, no-store"}


class ListSecrets(ServiceView):
    """By name."""

    scopes: ClassVar[dict[str, str]] = {"GET": "services:read"}

    @extend_schema(**past_shapes.LIST_SECRETS)
    def get(self, request: Request, id: uuid.UUID) -> Response:  # noqa: A002 - the name in the address
        refuse_parameters(request)
        secrets = find_service(request, id).secrets.defer("ciphertext").order_by("name")
        return Response([_show(secret) for secret in secrets], headers=NOT_KEPT)


class OneSecret(ServiceView):
    """When it was changed; another value in its place; forgotten."""

    scopes: ClassVar[dict[str, str]] = {"GET": "services:read", "PUT": "services:write", "DELETE": "services:write"}

    @extend_schema(**past_shapes.GET_SECRET)
    def get(self, request: Request, id: uuid.UUID, name: str) -> Response:  # noqa: A002
        refuse_parameters(request)
        secret = _find(find_service(request, id), name)
        if secret is None:
            raise NotFound(f"The service has no secret {name}.")
        return Response(_show(secret), headers=NOT_KEPT)

    @extend_schema(**past_shapes.SET_SECRET)
    def put(self, request: Request, id: uuid.UUID, name: str) -> Response:  # noqa: A002
        person = person_of(request)
        refuse_without(person, CHANGE, deed="change the secrets of services")
        refuse_parameters(request)
        service = find_service(request, id)
        body = SECRET.read(request)
        before = _find(service, name)
        set_service_secret(service, name, body["value"], by=person)
        return Response(_show(service.secrets.get(name=name)), status=200 if before else 201, headers=NOT_KEPT)

    @extend_schema(**past_shapes.FORGET_SECRET)
    def delete(self, request: Request, id: uuid.UUID, name: str) -> Response:  # noqa: A002
        refuse_parameters(request)
        service = find_service(request, id)
        if not STORED_NAME.fullmatch(name):
            raise NotFound("No secret has such a name.")
        forget_service_secret(service, name, by=person_of(request))
        return Response(status=204)


def _find(service: Service, name: str) -> Secret | None:
    """None for what is no name, too: it may hold what no database holds."""
    return service.secrets.filter(name=name).first() if STORED_NAME.fullmatch(name) else None


def _show(secret: Secret) -> dict[str, Any]:
    return {"name": secret.name, "changedAt": secret.changed_at}
