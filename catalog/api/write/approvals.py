"""Say yes or no to the newest revision, or take a yes back; four eyes hold for programs as for their owners."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.approvals import approve, reject, withdraw_approval
from catalog.api.addresses import find_working
from catalog.api.problems import UnprocessableError
from catalog.api.write.bodies import NUMBER, Body
from catalog.api.write.common import WorkingView, answer_working, person_of
from catalog.api.write.documentation import CHANGING, IDEMPOTENCY_KEY, IF_MATCH, acts
from catalog.api.write.idempotency import idempotent
from catalog.api.write.preconditions import expected_revision
from catalog.api.write.shapes import WorkingCopy
from catalog.models import CatalogEntry

COMMENT = {"type": "string", "maxLength": 500}
REVIEWED = {**NUMBER, "description": "The revision that was looked at: the newest, as If-Match says, too."}
APPROVE = Body({"number": REVIEWED, "comment": COMMENT}, required=("number",))
REJECT = Body(
    {"number": REVIEWED, "comment": {**COMMENT, "minLength": 1, "description": "What the author should change."}},
    required=("number", "comment"),
)
WITHDRAW = Body({"comment": COMMENT})
PARAMETERS = [IF_MATCH, IDEMPOTENCY_KEY]
ANSWER = {200: OpenApiResponse(WorkingCopy, description="The entry as it is now."), **CHANGING}


class Approve(WorkingView):
    """`POST .../approve`: this revision may be published."""

    scopes = {"POST": "entries:approve"}

    @extend_schema(
        request=acts(APPROVE),
        parameters=PARAMETERS,
        responses=ANSWER,
        examples=[OpenApiExample("Yes", request_only=True, value={"number": 3, "comment": "Checked with the vendor"})],
    )
    @idempotent
    def post(self, request: Request, name: str) -> Response:
        entry, number, body = _read(self, request, name, shape=APPROVE)
        approve(entry, number=number, by=person_of(request), comment=body.get("comment", ""))
        return answer_working(entry, outcome="approved")


class Reject(WorkingView):
    """`POST .../reject`: this revision leaves the queue; what was approved before stays approved."""

    scopes = {"POST": "entries:approve"}

    @extend_schema(
        request=acts(REJECT),
        parameters=PARAMETERS,
        responses=ANSWER,
        examples=[OpenApiExample("No", request_only=True, value={"number": 3, "comment": "The cost is per seat"})],
    )
    @idempotent
    def post(self, request: Request, name: str) -> Response:
        entry, number, body = _read(self, request, name, shape=REJECT)
        reject(entry, number=number, by=person_of(request), comment=body["comment"])
        return answer_working(entry, outcome="rejected")


class Withdraw(WorkingView):
    """`POST .../withdraw`: what was approved but is not live yet is not published."""

    scopes = {"POST": "entries:approve"}

    @extend_schema(
        request=acts(WITHDRAW),
        parameters=PARAMETERS,
        responses=ANSWER,
        examples=[OpenApiExample("Not yet", request_only=True, value={"comment": "Wait for the new prices"})],
    )
    @idempotent
    def post(self, request: Request, name: str) -> Response:
        entry = find_working(self.kind, name, path=request.get_full_path())
        number, body = expected_revision(request), WITHDRAW.read(request)
        withdraw_approval(entry, by=person_of(request), comment=body.get("comment", ""), expected_revision=number)
        return answer_working(entry, outcome="withdrawn")


def _read(view: WorkingView, request: Request, name: str, *, shape: Body) -> tuple[CatalogEntry, int, dict[str, Any]]:
    """Whoever may decide may see what it is about, so nobody needs a second permission here."""
    entry = find_working(view.kind, name, path=request.get_full_path())
    number, body = expected_revision(request), shape.read(request)
    if body["number"] != number:
        raise UnprocessableError(f"If-Match names revision {number}, the body {body['number']}; which one is meant?")
    return entry, number, body
