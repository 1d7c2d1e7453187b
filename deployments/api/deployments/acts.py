"""Stopping a deployment, going back to an earlier one, and staying there."""

import uuid
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.problems import ConflictError
from catalog.api.read.parameters import refuse_parameters
from catalog.api.write.common import person_of
from catalog.api.write.idempotency import idempotent
from deployments.actions.errors import HasEndedError
from deployments.actions.requests import request_cancel, request_rollback, set_pinned
from deployments.api.common import ServiceView, find_deployment, find_service
from deployments.api.deployments import shapes
from deployments.api.deployments.bodies import NOTHING, PIN, ROLLBACK
from deployments.api.deployments.documents import answer_accepted
from deployments.api.deployments.views import named_deployment
from deployments.api.services.documents import answer_service


class CancelDeployment(ServiceView):
    """One that waits is cancelled at once, one that runs is asked to stop."""

    scopes: ClassVar[dict[str, str]] = {"POST": "deployments:trigger"}

    @extend_schema(**shapes.CANCEL)
    @idempotent
    def post(self, request: Request, id: uuid.UUID) -> Response:  # noqa: A002 - the name in the address
        refuse_parameters(request)
        deployment = find_deployment(request, id)
        NOTHING.read(request)
        try:
            request_cancel(deployment, by=person_of(request))
        except HasEndedError as error:
            raise ConflictError(str(error)) from error
        return answer_accepted(find_deployment(request, id))


class RollBackService(ServiceView):
    """What an earlier deployment made live, again and without building."""

    scopes: ClassVar[dict[str, str]] = {"POST": "deployments:trigger"}

    @extend_schema(**shapes.ROLL_BACK)
    @idempotent
    def post(self, request: Request, id: uuid.UUID) -> Response:  # noqa: A002
        refuse_parameters(request)
        service = find_service(request, id)
        to = named_deployment(service, ROLLBACK.read(request)["to"], member="to")
        return answer_accepted(request_rollback(service, to=to, by=person_of(request)))


class PinService(ServiceView):
    """Whether pushes deploy it by themselves."""

    scopes: ClassVar[dict[str, str]] = {"POST": "deployments:trigger"}

    @extend_schema(**shapes.PIN_SERVICE)
    @idempotent
    def post(self, request: Request, id: uuid.UUID) -> Response:  # noqa: A002
        refuse_parameters(request)
        service = find_service(request, id)
        set_pinned(service, is_pinned=PIN.read(request)["pinned"], by=person_of(request))
        return answer_service(find_service(request, id))
