"""What the endpoints of a service's revisions and secrets take and give; for the documentation."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from catalog.api.addresses import MAX_SMALL
from catalog.api.openapi import TEXT, problems
from catalog.api.read.parameters import MAX_LIMIT
from catalog.api.read.shapes import ETAG, LIMIT, LINK
from catalog.api.write.documentation import IDEMPOTENCY_KEY, IF_MATCH
from deployments.api.services.bodies import RESTORE, SECRET
from deployments.api.services.shapes import MAYBE_TEXT, NUMBER, READING, TAG, TIME, WRITING, Operation, one_service
from deployments.configs.schemas import SECRET_NAME

REVISION: dict[str, Any] = {
    "type": "object",
    "required": ["number", "sha256", "changeNote", "createdAt", "isLatest"],
    "properties": {
        "number": NUMBER,
        "sha256": {**TEXT, "description": "Of the document's canonical bytes (RFC 8785)."},
        "sizeBytes": NUMBER,
        "author": {**MAYBE_TEXT, "description": "Null for commands."},
        "changeNote": TEXT,
        "source": {**TEXT, "description": "admin, api, command, import or restore."},
        "requestId": TEXT,
        "createdAt": TIME,
        "isLatest": {"type": "boolean"},
    },
}
WHOLE_REVISION = {**REVISION, "properties": {**REVISION["properties"], "document": {"type": "object"}}}
DIFF: dict[str, Any] = {
    "type": "object",
    "required": ["from", "to", "differences"],
    "properties": {
        "from": {"type": ["integer", "null"], "description": "Null: nothing."},
        "to": NUMBER,
        "differences": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "before", "after"],
                "properties": {
                    "path": {**TEXT, "description": "JSON Pointer into the document."},
                    "before": {"description": "Null where there is no such member."},
                    "after": {"description": "Null where there is no such member."},
                },
            },
        },
    },
}
SECRET_SHAPE: dict[str, Any] = {
    "type": "object",
    "required": ["name", "changedAt"],
    "properties": {"name": TEXT, "changedAt": TIME},
    "additionalProperties": False,
}
EXAMPLE = {
    "number": 2,
    "sha256": "5f2a7c0e9d41b86375c2e1f0a4d8b396c7e5f1d20a3b4c6d8e9f00112233aabb",
    "sizeBytes": 512,
    "author": "deployer",
    "changeNote": "Try the new design",
    "source": "api",
    "requestId": "1c9d6e8f",
    "createdAt": "2030-01-02T12:00:00Z",
    "isLatest": True,
}
DIFFERENCE = {"path": "/providerConfig/branch", "before": "main", "after": "next"}
ONE_SECRET = {"name": "github", "changedAt": "2030-01-02T12:00:00Z"}
NAME = OpenApiParameter("name", dict(SECRET_NAME), OpenApiParameter.PATH, description="Of the secret.")
NUMBERED = OpenApiParameter(
    "number", {"type": "integer", "minimum": 1, "maximum": MAX_SMALL}, OpenApiParameter.PATH,
    description="Of the revision.",
)  # fmt: skip


def answered(status: int, shape: Any, example: Any, description: str) -> dict[Any, Any]:
    return {status: OpenApiResponse(shape, description=description, examples=[OpenApiExample("One", value=example)])}


LIST_REVISIONS: Operation = {
    "operation_id": "list_service_revisions",
    "summary": "Revisions of a service",
    "description": "A bare array, the newest first, without documents; `Link` leads to older ones.",
    "tags": TAG,
    "parameters": [
        LIMIT,
        OpenApiParameter(
            "cursor", {"type": "integer", "minimum": 1, "maximum": MAX_SMALL},
            description="From the Link header of the page before.",
        ),
        LINK,
    ],
    "responses": {
        **answered(200, {"type": "array", "maxItems": MAX_LIMIT, "items": REVISION}, [EXAMPLE], "The revisions."),
        **READING,
    },
}  # fmt: skip
GET_REVISION: Operation = {
    "operation_id": "get_service_revision",
    "summary": "One revision of a service",
    "description": "With its document: what the service was, but for its secrets.",
    "tags": TAG,
    "parameters": [NUMBERED],
    "responses": {
        **answered(200, WHOLE_REVISION, {**EXAMPLE, "document": {"name": "Shop window"}}, "The revision."),
        **READING,
    },
}
COMPARE: Operation = {
    "operation_id": "compare_service_revisions",
    "summary": "What differs between two revisions of a service",
    "tags": TAG,
    "parameters": [
        OpenApiParameter(
            "from", {"type": "integer", "minimum": 0, "maximum": MAX_SMALL},
            description="The one before `to` unless told; 0 for nothing.",
        ),
        OpenApiParameter(
            "to", {"type": "integer", "minimum": 1, "maximum": MAX_SMALL}, description="The newest unless told."
        ),
    ],
    "responses": {
        **answered(200, DIFF, {"from": 1, "to": 2, "differences": [DIFFERENCE]}, "Member by member."),
        **READING,
    },
}  # fmt: skip
RESTORE_REVISION: Operation = {
    "operation_id": "restore_service",
    "summary": "Bring back an earlier revision of a service",
    "description": "As a new revision, judged as it is now. Secrets stay as they are; nothing is deployed by this.",
    "tags": TAG,
    "request": {"application/json": RESTORE.schema},
    "parameters": [IF_MATCH, IDEMPOTENCY_KEY, ETAG],
    "examples": [OpenApiExample("Go back", request_only=True, value={"number": 1, "changeNote": "It was too early"})],
    "responses": {**one_service(200, "The service as it is now, with its new ETag."), **WRITING},
}
LIST_SECRETS: Operation = {
    "operation_id": "list_service_secrets",
    "summary": "The names of a service's secrets",
    "description": "And when each was changed. Nobody reads a value back.",
    "tags": TAG,
    "responses": {**answered(200, {"type": "array", "items": SECRET_SHAPE}, [ONE_SECRET], "By name."), **READING},
}
GET_SECRET: Operation = {
    "operation_id": "get_service_secret",
    "summary": "When a secret was changed",
    "tags": TAG,
    "parameters": [NAME],
    "responses": {**answered(200, SECRET_SHAPE, ONE_SECRET, "Without its value."), **READING},
}
SET_SECRET: Operation = {
    "operation_id": "set_service_secret",
    "summary": "Keep a secret",
    "description": 'In place of the one before. Configs name it: {"$secret": NAME}.',
    "tags": TAG,
    "parameters": [NAME],
    "request": {"application/json": SECRET.schema},
    "examples": [OpenApiExample("A value", request_only=True, value={"value": "..."})],
    "responses": {
        **answered(200, SECRET_SHAPE, ONE_SECRET, "It was there before."),
        **answered(201, SECRET_SHAPE, ONE_SECRET, "It is new."),
        **READING,
        **problems(413, 415, 422, 503),
    },
}
FORGET_SECRET: Operation = {
    "operation_id": "forget_service_secret",
    "summary": "Forget a secret",
    "description": "Again is harmless. A config that still names it is wrong from then on.",
    "tags": TAG,
    "request": None,
    "parameters": [NAME],
    "responses": {204: OpenApiResponse(description="There is none now."), **READING, **problems(422)},
}
