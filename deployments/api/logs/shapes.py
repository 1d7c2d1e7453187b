"""What the operations of this room take and give; for the documentation."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from catalog.api.addresses import MAX_SMALL
from catalog.api.openapi import problems
from deployments.models import DeploymentState, ErrorKind

TEXT = {"type": "string"}
NUMBER = {"type": "integer", "minimum": 0}
LINE = {
    "type": "object",
    "required": ["seq", "at", "attempt", "step", "text"],
    "properties": {
        "seq": {"type": "integer", "minimum": 1, "description": "Without gaps, from 1."},
        "at": {**TEXT, "format": "date-time"},
        "attempt": NUMBER,
        "step": {**TEXT, "description": "Such as fetch, build or activate."},
        "text": {**TEXT, "description": "One line; secrets are masked."},
    },
}
STATUS: dict[str, Any] = {
    "state": {"enum": list(DeploymentState.values)},
    "isOver": {"type": "boolean", "description": "Nothing will be said any more."},
    "steps": {
        "type": "array",
        "description": "What has been done, in order.",
        "items": {
            "type": "object",
            "required": ["step", "connection", "seconds"],
            "properties": {"step": TEXT, "connection": {"type": ["string", "null"]}, "seconds": {"type": "number"}},
        },
    },
    "error": {
        "type": ["object", "null"],
        "required": ["kind", "message", "hint"],
        "properties": {"kind": {"enum": list(ErrorKind.values)}, "message": TEXT, "hint": TEXT},
    },
}
PAGE = {
    "type": "object",
    "required": ["lines", "next", *STATUS],
    "properties": {
        "lines": {"type": "array", "items": LINE},
        "next": {**NUMBER, "description": "For `after` of the next request."},
        **STATUS,
    },
}
EVENT = {
    "type": "object",
    "description": "One of the stream.",
    "properties": {"id": TEXT, "event": {"enum": ["line", "state", "done"]}, "data": {**TEXT, "description": "JSON."}},
}
A_LINE = {"seq": 1, "at": "2030-01-02T12:00:00Z", "attempt": 1, "step": "fetch", "text": "12 files"}
A_STATUS: dict[str, Any] = {
    "state": "building",
    "isOver": False,
    "steps": [{"step": "fetch", "connection": None, "seconds": 0.4}],
    "error": None,
}
EXAMPLE = {"lines": [A_LINE], "next": 1, **A_STATUS}
ID = OpenApiParameter("id", {**TEXT, "format": "uuid"}, OpenApiParameter.PATH, description="Of a deployment.")
AFTER = OpenApiParameter(
    "after",
    {"type": "integer", "minimum": 0, "maximum": MAX_SMALL, "default": 0},
    description="The number of the last line that you have.",
)
LOG: dict[str, Any] = {
    "operation_id": "get_deployment_log",
    "summary": "What a deployment has said after a line",
    "description": "Ask again with `next` as `after` until `isOver` is true and `lines` is empty.",
    "tags": ["deployments"],
    "parameters": [
        ID,
        AFTER,
        OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 5_000, "default": 1_000}),
    ],
    "responses": {
        200: OpenApiResponse(PAGE, description="Lines in order.", examples=[OpenApiExample("One line", value=EXAMPLE)]),
        **problems(400, 401, 403, 404, 429),
    },
}
EVENTS: dict[str, Any] = {
    "operation_id": "follow_deployment",
    "summary": "The same, as server-sent events",
    "description": "`event: line` has a line, and its number as the event's id; `event: state` the status whenever it "
    "changes; `event: done` is the last one: do not ask again after it. A stream is closed after five minutes; ask "
    "again with the last id in `Last-Event-ID`, as browsers do by themselves. 503 or 429: no stream now, ask /logs.",
    "tags": ["deployments"],
    "parameters": [
        ID,
        AFTER,
        OpenApiParameter(
            "Last-Event-ID",
            {"type": "string", "pattern": "^[0-9]{0,9}$"},
            OpenApiParameter.HEADER,
            description="The number of the last line that you have; goes before `after`.",
        ),
    ],
    "responses": {
        (200, "text/event-stream"): OpenApiResponse(EVENT, description="Events until it is over."),
        **problems(400, 401, 403, 404, 429, 503),
    },
}
