"""What the endpoints of deployments take and give; for the documentation."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from catalog.api.openapi import TEXT, problems
from catalog.api.read.parameters import MAX_LIMIT
from catalog.api.read.shapes import CURSOR, ETAG, LIMIT, LINK
from catalog.api.write.bodies import Body
from catalog.api.write.documentation import IDEMPOTENCY_KEY
from deployments.api.deployments.bodies import DEPLOY, NOTHING, PIN, ROLLBACK
from deployments.api.services.shapes import (
    LOCATION,
    MAYBE_TEXT,
    MAYBE_UUID,
    NUMBER,
    READING,
    TIME,
    UUID,
    Operation,
    one_service,
)
from deployments.models import DeploymentKind, DeploymentState, ErrorKind

TAG = ["deployments"]
MAYBE_TIME = {"type": ["string", "null"], "format": "date-time"}
STATE = {"type": "string", "enum": DeploymentState.values}
BY_KIND = "By the kind of backend: source, build, target; empty before it begins."
DEPLOYMENT: dict[str, Any] = {
    "type": "object",
    "required": ["id", "number", "serviceId", "kind", "state", "isOver", "isLive", "requestedAt", "steps", "error"],
    "properties": {
        "id": UUID,
        "number": {**NUMBER, "description": "Of the service's."},
        "serviceId": UUID,
        "serviceName": TEXT,
        "environment": TEXT,
        "kind": {"type": "string", "enum": DeploymentKind.values},
        "state": STATE,
        "isOver": {"type": "boolean", "description": "It succeeded, failed, or was cancelled or superseded."},
        "isLive": {"type": "boolean"},
        "requestedBy": {**MAYBE_TEXT, "description": "Null for hooks and the registry itself."},
        "token": {**MAYBE_TEXT, "description": "The name of the token, if a program asked."},
        "requestedAt": TIME,
        "startedAt": MAYBE_TIME,
        "finishedAt": MAYBE_TIME,
        "cancelRequestedAt": MAYBE_TIME,
        "attempt": NUMBER,
        "usesCache": {"type": "boolean"},
        "backends": {
            "type": "object",
            "description": f"What ran. {BY_KIND}",
            "additionalProperties": {
                "type": "object",
                "required": ["backend", "version"],
                "properties": {"backend": TEXT, "version": TEXT},
            },
        },
        "schemas": {
            "type": "object",
            "description": f"SHA-256 of the config schemas that it was judged by. {BY_KIND}",
            "additionalProperties": TEXT,
        },
        "registrySerial": {"type": ["integer", "null"], "description": "The snapshot that was live when it began."},
        "revision": {**MAYBE_TEXT, "description": "What the source was at: a commit id, a digest."},
        "connection": {**MAYBE_TEXT, "description": "Where the step that runs, or ran last, does its work."},
        "artifact": {
            "description": "What was built; a rollback needs it kept.",
            "type": ["object", "null"],
            "required": ["digest", "kind", "sizeBytes", "files", "isKept"],
            "properties": {
                "digest": TEXT, "kind": TEXT, "sizeBytes": NUMBER, "files": NUMBER, "isKept": {"type": "boolean"},
            },
        },
        "rollbackTo": {**MAYBE_UUID, "description": "The deployment that a rollback brings back."},
        "replaces": {**MAYBE_UUID, "description": "What was live before it."},
        "url": {**MAYBE_TEXT, "description": "Where its release is, if its target says so."},
        "steps": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["step", "seconds"],
                "properties": {"step": TEXT, "connection": MAYBE_TEXT, "seconds": {"type": ["number", "null"]}},
            },
        },
        "error": {
            "type": ["object", "null"],
            "required": ["kind", "message", "hint"],
            "properties": {
                "kind": {
                    "type": "string", "enum": ErrorKind.values,
                    "description": "permanent: change something; transient, timeout, lost: it may work later; bug: "
                    "a fault of the registry.",
                },
                "message": TEXT,
                "hint": {**TEXT, "description": "What to do about it; may be empty."},
            },
        },
        "configs": {"type": "object", "description": f"In the answer of one only; secrets are references. {BY_KIND}"},
    },
}  # fmt: skip
EXAMPLE = {
    "id": "8d2d9c5e-37b5-4d52-b1c0-0f6a2f3f9a10",
    "number": 3,
    "serviceId": "3f0c2f6e-6b0f-4c57-9a54-3a1f3d1f7c11",
    "serviceName": "Shop window",
    "environment": "production",
    "kind": "deploy",
    "state": "succeeded",
    "isOver": True,
    "isLive": True,
    "requestedBy": "deployer",
    "token": "Pipeline",
    "requestedAt": "2030-01-02T12:00:00Z",
    "startedAt": "2030-01-02T12:00:01Z",
    "finishedAt": "2030-01-02T12:00:09Z",
    "cancelRequestedAt": None,
    "attempt": 1,
    "usesCache": True,
    "backends": {"source": {"backend": "github@1", "version": "1.0.0"}},
    "schemas": {"source": "5f2a7c0e9d41b86375c2e1f0a4d8b396c7e5f1d20a3b4c6d8e9f00112233aabb"},
    "registrySerial": 7,
    "revision": "9fceb02d0ae598e95dc970b74767f19372d61af8",
    "connection": None,
    "artifact": {"digest": "ab" * 32, "kind": "site", "sizeBytes": 52_110, "files": 14, "isKept": True},
    "rollbackTo": None,
    "replaces": None,
    "url": "https://bakery.example",
    "steps": [{"step": "build", "connection": None, "seconds": 1.7}],
    "error": None,
}
WAITING = {
    **EXAMPLE, "state": "queued", "isOver": False, "isLive": False, "startedAt": None, "finishedAt": None, "attempt": 0,
    "backends": {}, "schemas": {}, "registrySerial": None, "revision": None, "artifact": None, "url": None,
    "steps": [], "configs": {},
}  # fmt: skip
REF = {"$ref": "#/components/schemas/Deployment"}
PAGE = {
    200: OpenApiResponse(
        {"type": "array", "maxItems": MAX_LIMIT, "items": REF},
        description="The deployments.",
        examples=[OpenApiExample("One deployment", value=[EXAMPLE])],
    )
}
ACCEPTED = {
    202: OpenApiResponse(
        REF, description="Location tells how far it is.", examples=[OpenApiExample("It waits", value=WAITING)]
    ),
}
ASKING = problems(400, 401, 403, 404, 409, 413, 415, 422, 429)
ONLY_STATE = OpenApiParameter("state", STATE, description="Only those in this state.")
NEWEST_FIRST = "A bare array, the newest first; `Link` has the address of the next page."


def act(operation_id: str, summary: str, *, body: Body, example: Any, description: str) -> Operation:
    """Something that is asked for, which workers do."""
    return {
        "operation_id": operation_id,
        "summary": summary,
        "description": description,
        "tags": TAG,
        "request": {"application/json": body.schema},
        "parameters": [IDEMPOTENCY_KEY, LOCATION],
        "examples": [OpenApiExample("A request", request_only=True, value=example)],
        "responses": {**ACCEPTED, **ASKING},
    }


LIST: Operation = {
    "operation_id": "list_deployments",
    "summary": "The deployments of your teams",
    "description": NEWEST_FIRST,
    "tags": TAG,
    "parameters": [
        ONLY_STATE,
        OpenApiParameter("service", UUID, description="Only those of the service with this id."),
        OpenApiParameter("environment", TEXT, description="Only those of this environment."),
        CURSOR,
        LIMIT,
        LINK,
    ],
    "responses": {**PAGE, **problems(400, 401, 403, 429)},
}
LIST_OF_SERVICE: Operation = {
    "operation_id": "list_service_deployments",
    "summary": "The deployments of a service",
    "description": NEWEST_FIRST,
    "tags": TAG,
    "parameters": [ONLY_STATE, CURSOR, LIMIT, LINK],
    "responses": {**PAGE, **READING},
}
GET: Operation = {
    "operation_id": "get_deployment",
    "summary": "One deployment",
    "description": "What was asked, how far it is, what it ran with, and what came of it.",
    "tags": TAG,
    "responses": {
        200: OpenApiResponse(
            REF,
            description="The deployment.",
            examples=[OpenApiExample("One that is live", value={**EXAMPLE, "configs": {}})],
        ),
        **READING,
    },
}
DEPLOY_SERVICE = act(
    "deploy_service",
    "Deploy a service",
    body=DEPLOY,
    example={"usesCache": False},
    description="At once if nothing of it runs, else when that has ended; it takes the place of one that waits. The "
    "body may be left out.",
)
CANCEL = act(
    "cancel_deployment",
    "Cancel a deployment",
    body=NOTHING,
    example={},
    description="One that waits is cancelled at once, one that runs is asked to stop. 409 if it has ended, or is just "
    "being made live.",
)
ROLL_BACK = act(
    "roll_back_service",
    "Go back to what an earlier deployment made live",
    body=ROLLBACK,
    example={"to": EXAMPLE["id"]},
    description="Without building. What runs is asked to stop, and the service is pinned, so that the next push does "
    "not undo it. 422 for one that was never live, or whose artifact is no longer kept.",
)
PIN_SERVICE: Operation = {
    "operation_id": "pin_service",
    "summary": "Pin a service, or let it go",
    "description": "While it is pinned, pushes do not deploy it.",
    "tags": TAG,
    "request": {"application/json": PIN.schema},
    "parameters": [IDEMPOTENCY_KEY, ETAG],
    "examples": [OpenApiExample("Pin it", request_only=True, value={"pinned": True})],
    "responses": {**one_service(200, "The service."), **ASKING},
}
