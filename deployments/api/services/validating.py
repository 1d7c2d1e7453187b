"""`POST /services/validate` and `/services/{id}/validate`: results, not errors; everything that is wrong at once."""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.configs.bodies import read_object
from catalog.api.parsing import MergePatchParser, StrictJsonParser
from catalog.api.problems import listed
from catalog.api.read.parameters import refuse_parameters
from catalog.api.write.common import person_of
from catalog.schemas.configs import Judgement
from catalog.schemas.problems import Problem
from deployments.actions.errors import InvalidDocumentError, NotAllowedError
from deployments.actions.services.judging import judge_draft
from deployments.actions.services.teams import refuse_team
from deployments.api.common import ServiceView, find_service
from deployments.api.services import shapes
from deployments.api.services.bodies import CREATE, PATCH
from deployments.api.services.reading import read_draft
from deployments.api.services.views import members_in, patched
from deployments.models import Service


class ValidateDraft(ServiceView):
    """What is wrong with a new service, before it is one."""

    scopes: ClassVar[dict[str, str]] = {"POST": "services:read"}

    @extend_schema(**shapes.VALIDATE_DRAFT)
    def post(self, request: Request) -> Response:
        refuse_parameters(request)
        body = read_object(request, noun="draft of a service")
        wrong = CREATE.find_problems(body)
        return _answer(Judgement(tuple(wrong)) if wrong else _judge(request, members_in(body), body, None))


class ValidateService(ServiceView):
    """What is wrong with a service as it is, or as a patch would make it."""

    scopes: ClassVar[dict[str, str]] = {"POST": "services:read"}
    parser_classes = (StrictJsonParser, MergePatchParser)

    @extend_schema(**shapes.VALIDATE)
    def post(self, request: Request, id: uuid.UUID) -> Response:  # noqa: A002 - the name in the address
        refuse_parameters(request)
        service = find_service(request, id)
        body = read_object(request, noun="change of a service") if request.stream is not None else {}
        wrong = PATCH.find_problems(body)
        return _answer(Judgement(tuple(wrong)) if wrong else _judge(request, patched(service, body), body, service))


def _judge(request: Request, members: Mapping[str, Any], body: Mapping[str, Any], service: Service | None) -> Judgement:
    person, secrets = person_of(request), body.get("secrets", {})
    try:
        draft = read_draft(members, person=person, service=service, secrets=secrets)
    except InvalidDocumentError as error:
        return Judgement(tuple(error.problems))
    judgement = judge_draft(draft, service=service, secrets=frozenset(secrets))
    try:
        refuse_team(person, draft.team)
    except NotAllowedError as error:
        return Judgement((*judgement.errors, Problem("/team", "refused", str(error))), judgement.warnings)
    return judgement


def _answer(judgement: Judgement) -> Response:
    result = {
        "valid": judgement.is_valid,
        "errors": listed(judgement.errors),
        "warnings": listed(judgement.warnings),
    }
    return Response(result, headers={"Cache-Control": "no-store"})
