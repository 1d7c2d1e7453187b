"""`POST /services/suggestions`, `/services/{id}/suggestions`: which builders fit a source; a deployer looks at it."""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.parsing import MergePatchParser, StrictJsonParser
from catalog.api.problems import ConflictError
from catalog.api.read.parameters import refuse_parameters
from catalog.api.write.common import person_of
from deployments.actions.errors import HasOneError
from deployments.actions.services.drafts import SourceDraft
from deployments.actions.services.looks import find_look, request_look
from deployments.actions.services.offers import Offer, offers_of
from deployments.api.common import ServiceView, find_service
from deployments.api.services import looking_shapes as shapes
from deployments.api.services.bodies import LOOK, LOOK_PATCH
from deployments.api.services.reading import read_source
from deployments.api.services.views import patched
from deployments.models import UNDER_WAY, Look, Service
from deployments.runner.looks import KEPT

ASK_AGAIN_SECONDS = "1"


class SuggestForDraft(ServiceView):
    """For a service that is not there yet."""

    scopes: ClassVar[dict[str, str]] = {"POST": "services:write"}

    @extend_schema(**shapes.SUGGEST_FOR_DRAFT)
    def post(self, request: Request) -> Response:
        refuse_parameters(request)
        body = LOOK.read(request)
        return _ask(request, read_source(body, person=person_of(request)), body, None)


class SuggestForService(ServiceView):
    """For a service as it is, or as a patch would make it; its secrets count."""

    scopes: ClassVar[dict[str, str]] = {"POST": "services:write"}
    parser_classes = (StrictJsonParser, MergePatchParser)

    @extend_schema(**shapes.SUGGEST_FOR_SERVICE)
    def post(self, request: Request, id: uuid.UUID) -> Response:  # noqa: A002 - the name in the address
        refuse_parameters(request)
        service = find_service(request, id)
        body = LOOK_PATCH.read(request) if request.stream is not None else {}
        source = read_source(patched(service, body), person=person_of(request), service=service)
        return _ask(request, source, body, service)


class OneSuggestion(ServiceView):
    """How far it is, and what was found; for whoever asked."""

    scopes: ClassVar[dict[str, str]] = {"GET": "services:read"}

    @extend_schema(**shapes.GET_SUGGESTION)
    def get(self, request: Request, id: uuid.UUID) -> Response:  # noqa: A002
        refuse_parameters(request)
        look = find_look(id, by=person_of(request))
        if look is None:
            raise NotFound(f"There are no suggestions {id}.")
        return _answer(look)


def _ask(request: Request, source: SourceDraft, body: Mapping[str, Any], service: Service | None) -> Response:
    try:
        look = request_look(source, by=person_of(request), service=service, secrets=body.get("secrets", {}))
    except HasOneError as error:
        raise ConflictError(str(error), headers={"Retry-After": ASK_AGAIN_SECONDS}) from error
    return _answer(look, status=202, Location=reverse("services:service-suggestion", kwargs={"id": look.pk}))


def _answer(look: Look, *, status: int = 200, **headers: str) -> Response:
    if look.state in UNDER_WAY:
        headers["Retry-After"] = ASK_AGAIN_SECONDS
    headers["Cache-Control"] = "private, no-store"
    return Response(show_look(look), status=status, headers=headers)


def show_look(look: Look) -> dict[str, Any]:
    """Three queries for what was found, none before."""
    error = None
    if look.error_kind:
        error = {"kind": look.error_kind, "message": look.error_message, "hint": look.error_hint}
    return {
        "id": str(look.pk),
        "state": look.state,
        "isOver": look.state not in UNDER_WAY,
        "serviceId": str(look.service_id) if look.service_id else None,
        "providerId": look.provider.slug,
        "providerBackend": look.source_backend,
        "requestedAt": look.requested_at,
        "finishedAt": look.finished_at,
        "keptUntil": look.finished_at + KEPT if look.finished_at else None,
        "revision": look.revision or None,
        "suggestions": [_show_offer(each) for each in offers_of(look)] if look.suggestions else [],
        "error": error,
    }


def _show_offer(offer: Offer) -> dict[str, Any]:
    return {
        "builderId": offer.builder.slug,
        "builderBackend": offer.builder.backend,
        "majors": list(offer.majors),
        "confidence": offer.detection.confidence,
        "reason": offer.detection.reason,
        "builderConfig": offer.detection.config,
    }
