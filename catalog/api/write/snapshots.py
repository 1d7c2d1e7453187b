"""Publish what is approved, go back to an earlier serial, and follow how far it is. Workers do the work."""

from typing import Any, ClassVar

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.snapshots import request_rollback, request_snapshot
from catalog.api.addresses import MAX_SMALL
from catalog.api.base import ApiView
from catalog.api.openapi import problems
from catalog.api.problems import UnprocessableError
from catalog.api.read.shapes import LIMIT
from catalog.api.write.bodies import Body
from catalog.api.write.common import person_of
from catalog.api.write.documentation import CREATING, IDEMPOTENCY_KEY, LOOKING, acts
from catalog.api.write.idempotency import idempotent
from catalog.api.write.plans import MAX_KEY_LENGTH, read_dry_run, shown_plan
from catalog.api.write.shapes import PlanShape, SnapshotRequest
from catalog.models import Snapshot
from catalog.publishing.candidate import changes_between, collect_changes, find_problems
from catalog.publishing.rollback import RollbackError, changes_back_to, find_serial

PLAN = {
    "type": "string",
    "pattern": "^[0-9a-f]{64}$",
    "description": "The plan of a dry run: exactly that is done, or nothing.",
}
TEXT = {"type": "string", "maxLength": 500}
PUBLISH = Body(
    {
        "note": {**TEXT, "description": "What this publish is about."},
        "confirm_mass_change": {
            "type": "boolean",
            "description": "That more of what is live may change at once than usual.",
        },
        "plan": PLAN,
    }
)
ROLLBACK = Body(
    {
        "reason": {
            **TEXT,
            "minLength": 1,
            "description": "Needed but for a dry run. Everybody sees it beside the new serial.",
        },
        "plan": PLAN,
    }
)
SMALL_NUMBER = {"type": "integer", "minimum": 1, "maximum": MAX_SMALL}
DRY_RUN = [
    OpenApiParameter("dry_run", OpenApiTypes.BOOL, description="true: only say what would be done."),
    OpenApiParameter("limit", LIMIT.type, description="Of a dry run: how many changes."),
    OpenApiParameter(
        "cursor",
        {"type": "string", "maxLength": MAX_KEY_LENGTH},
        description="Of a dry run: next_cursor of the page before.",
    ),
    IDEMPOTENCY_KEY,
]
RESPONSES = {
    200: OpenApiResponse(PlanShape, description="A dry run: the plan."),
    202: OpenApiResponse(SnapshotRequest, description="It was asked for; Location tells how far it is."),
    **CREATING,
}
LIVE = {
    "id": 12,
    "state": "live",
    "progress": "",
    "serial": 7,
    "rolled_back_to": None,
    "note": "Prices of autumn",
    "failure_reason": "",
    "requested_by": "publisher",
    "requested_at": "2026-11-24T12:00:00Z",
    "published_at": "2026-11-24T12:00:01Z",
    "finished_at": "2026-11-24T12:00:02Z",
    "cdn_visible_at": "2026-11-24T12:00:20Z",
}
SERIAL = OpenApiParameter("serial", SMALL_NUMBER, OpenApiParameter.PATH, description="The serial to go back to.")
REQUEST = OpenApiParameter("id", SMALL_NUMBER, OpenApiParameter.PATH, description="From the header Location.")


class Publish(ApiView):
    """`POST /snapshots`."""

    scopes: ClassVar[dict[str, str]] = {"POST": "snapshots:publish"}

    @extend_schema(
        operation_id="publish",
        summary="Publish everything that is approved",
        tags=["snapshots"],
        request=acts(PUBLISH),
        parameters=DRY_RUN,
        responses=RESPONSES,
        examples=[OpenApiExample("Publish", request_only=True, value={"note": "Prices of autumn"})],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        query, body = read_dry_run(request), PUBLISH.read(request)
        if query:
            changes = collect_changes()
            return Response(shown_plan(changes, query, problems=find_problems(changes)))
        snapshot = request_snapshot(
            by=person_of(request),
            note=body.get("note", ""),
            confirm_mass_change=body.get("confirm_mass_change", False),
            expected_plan=body.get("plan"),
        )
        return _accepted(snapshot)


class RollBack(ApiView):
    """`POST /snapshots/{serial}/rollback`: the content of that serial, under a new, higher one."""

    scopes: ClassVar[dict[str, str]] = {"POST": "snapshots:publish"}

    @extend_schema(
        operation_id="roll_back",
        summary="Go back to an earlier serial",
        tags=["snapshots"],
        request=acts(ROLLBACK),
        parameters=[SERIAL, *DRY_RUN],
        responses={**RESPONSES, **problems(404)},
        examples=[OpenApiExample("Go back", request_only=True, value={"reason": "Wrong prices"})],
    )
    @idempotent
    def post(self, request: Request, serial: int) -> Response:
        _refuse_missing(serial)
        query, body = read_dry_run(request), ROLLBACK.read(request)
        if query:
            changes = {change.key: change for change in changes_between(changes_back_to(serial))}
            return Response(shown_plan(changes, query, can_be_mass=False))
        if "reason" not in body:
            problem = {"path": "/reason", "code": "required", "message": "This is required."}
            raise UnprocessableError("Say why, for the people who see the new serial.", errors=[problem])
        snapshot = request_rollback(
            serial=serial, by=person_of(request), reason=body["reason"], expected_plan=body.get("plan")
        )
        return _accepted(snapshot)


class RequestStatus(ApiView):
    """`GET /snapshots/requests/{id}`."""

    scopes: ClassVar[dict[str, str]] = {"GET": "snapshots:publish"}

    @extend_schema(
        operation_id="get_snapshot_request",
        summary="How far a publish or a rollback is",
        tags=["snapshots"],
        parameters=[REQUEST],
        responses={200: SnapshotRequest, **LOOKING},
        examples=[OpenApiExample("It is live", response_only=True, status_codes=["200"], value=LIVE)],
    )
    def get(self, request: Request, id: int) -> Response:  # noqa: A002 - the name in the address
        snapshot = Snapshot.objects.select_related("requested_by").filter(pk=id).first()
        if snapshot is None:
            raise NotFound(f"There is no request {id}.")
        return Response(_shown(snapshot), headers={"Cache-Control": "no-store"})


def _refuse_missing(serial: int) -> None:
    try:
        find_serial(serial)
    except RollbackError as error:
        raise NotFound(str(error)) from error


def _accepted(snapshot: Snapshot) -> Response:
    address = reverse("api:snapshot-request", kwargs={"id": snapshot.pk})
    return Response(_shown(snapshot), status=202, headers={"Location": address})


def _shown(snapshot: Snapshot) -> dict[str, Any]:
    by = snapshot.requested_by
    return {
        "id": snapshot.pk,
        "state": snapshot.state,
        "progress": snapshot.progress,
        "serial": snapshot.serial,
        "rolled_back_to": snapshot.rolled_back_to,
        "note": snapshot.note,
        "failure_reason": snapshot.failure_reason,
        "requested_by": by.get_username() if by else None,
        "requested_at": snapshot.requested_at,
        "published_at": snapshot.published_at,
        "finished_at": snapshot.finished_at,
        "cdn_visible_at": snapshot.cdn_visible_at,
    }
