"""What the endpoints of services take and give; for the documentation."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from catalog.api.configs.shapes import JUDGEMENT, VALID
from catalog.api.openapi import TEXT, problems
from catalog.api.parsing import MergePatchParser, StrictJsonParser
from catalog.api.read.parameters import MAX_LIMIT
from catalog.api.read.shapes import CURSOR, ETAG, LIMIT, LINK
from catalog.api.write.documentation import IDEMPOTENCY_KEY, IF_MATCH
from deployments.api.services.bodies import CREATE, MEMBERS, PATCH

Operation = dict[str, Any]
TAG = ["services"]
MAYBE_TEXT = {"type": ["string", "null"]}
TIME = {"type": "string", "format": "date-time"}
UUID = {"type": "string", "format": "uuid"}
MAYBE_UUID = {"type": ["string", "null"], "format": "uuid"}
BACKEND = {**TEXT, "description": "key@major of the code that does the work."}
NUMBER = {"type": "integer", "minimum": 0}
PATCH_TYPES = (StrictJsonParser.media_type, MergePatchParser.media_type)

SERVICE: dict[str, Any] = {
    "type": "object",
    "required": ["id", "name", "environment", "providerId", "builderId", "targetId", "revision"],
    "properties": {
        "id": UUID,
        **{name: {key: value for key, value in shape.items() if key != "maxLength"} for name, shape in MEMBERS.items()},
        "team": {**MAYBE_TEXT, "description": "The group that sees it; null: whoever sees every service."},
        "stackId": MAYBE_TEXT,
        "providerBackend": BACKEND,
        "builderBackend": BACKEND,
        "targetBackend": BACKEND,
        "isPinned": {"type": "boolean", "description": "Nothing is deployed by itself, since a rollback or a person."},
        "activeDeploymentId": {**MAYBE_UUID, "description": "What is live."},
        "url": {**MAYBE_TEXT, "description": "Where that is, if its target says so."},
        "revision": {**NUMBER, "description": "The newest one: the ETag, and what If-Match names."},
        "createdBy": MAYBE_TEXT,
        "createdAt": TIME,
        "changedAt": {**TIME, "description": "When its newest revision was saved."},
    },
}
NEW_SERVICE = {
    "name": "Shop window",
    "providerId": "github",
    "builderId": "hugo",
    "targetId": "directory",
    "providerConfig": {"repository": "bakery/site", "branch": "main", "token": {"$secret": "github"}},
    "targetConfig": {"folder": "bakery"},
    "secrets": {"github": "..."},
}
FROM_STACK = {
    "name": "Shop window",
    "stackId": "foundation/marketing",
    "providerId": "github",
    "targetId": "directory",
    "providerConfig": {"repository": "bakery/site"},
    "targetConfig": {"folder": "bakery"},
}
EXAMPLE = {
    "id": "3f0c2f6e-6b0f-4c57-9a54-3a1f3d1f7c11",
    "name": "Shop window",
    "environment": "production",
    "team": "Web",
    "providerId": "github",
    "builderId": "hugo",
    "stackId": None,
    "targetId": "directory",
    "providerConfig": NEW_SERVICE["providerConfig"],
    "builderConfig": {},
    "targetConfig": {"folder": "bakery"},
    "routing": {},
    "providerBackend": "github@1",
    "builderBackend": "hugo@1",
    "targetBackend": "directory@1",
    "isPinned": False,
    "activeDeploymentId": None,
    "url": None,
    "revision": 1,
    "createdBy": "deployer",
    "createdAt": "2030-01-02T12:00:00Z",
    "changedAt": "2030-01-02T12:00:00Z",
}
MISFIT = {
    "valid": False,
    "errors": [
        {"path": "/builderId", "code": "incompatible_builder", "message": "Dockerfile takes no site, ..."},
        {"path": "/providerConfig/repository", "code": "required", "message": "This is required."},
    ],
    "warnings": [],
}
REF = {"$ref": "#/components/schemas/Service"}
READING = problems(400, 401, 403, 404, 429)
WRITING = problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429, 503)
REASON = OpenApiParameter("reason", {"type": "string", "minLength": 1, "maxLength": 500}, description="For the audit.")
IF_MATCH_OR_NOT = OpenApiParameter(
    "If-Match",
    {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
    OpenApiParameter.HEADER,
    description="Optional: 412 if this is not the newest revision.",
    examples=[OpenApiExample("Revision 3", value='"3"')],
)
LOCATION = OpenApiParameter(
    "Location", OpenApiTypes.STR, OpenApiParameter.HEADER, response=[201, 202], description="Its address."
)
FILTERED = {
    "name": "Only with this name.",
    "environment": "Only of this environment.",
    "team": "Only of the team with this name.",
    "providerId": "Only from this source provider.",
    "builderId": "Only with this builder.",
}


def one_service(status: int, description: str) -> dict[Any, Any]:
    """The response that is a service."""
    shown = OpenApiExample("A service", response_only=True, status_codes=[str(status)], value=EXAMPLE)
    return {status: OpenApiResponse(REF, description=description, examples=[shown])}


def judged() -> dict[Any, Any]:
    """The response that says what is wrong."""
    examples = [OpenApiExample("Right", value=VALID), OpenApiExample("Wrong", value=MISFIT)]
    return {200: OpenApiResponse(JUDGEMENT, description="What is wrong with it, if anything.", examples=examples)}


LIST: Operation = {
    "operation_id": "list_services",
    "summary": "The services of your teams",
    "description": "A bare array, the newest first; `Link` has the address of the next page.",
    "tags": TAG,
    "parameters": [
        *(OpenApiParameter(name, TEXT, description=text) for name, text in FILTERED.items()), CURSOR, LIMIT, LINK,
    ],
    "responses": {
        200: OpenApiResponse(
            {"type": "array", "maxItems": MAX_LIMIT, "items": REF},
            description="The services.",
            examples=[OpenApiExample("One service", value=[EXAMPLE])],
        ),
        **problems(400, 401, 403, 429),
    },
}  # fmt: skip
MAKE: Operation = {
    "operation_id": "create_service",
    "summary": "Make a service",
    "description": "Everything that is wrong is said at once, with its place. Nothing is deployed by this.",
    "tags": TAG,
    "request": {"application/json": CREATE.schema},
    "parameters": [IDEMPOTENCY_KEY, ETAG, LOCATION],
    "examples": [
        OpenApiExample("Provider and builder", request_only=True, value=NEW_SERVICE),
        OpenApiExample("From a stack", request_only=True, value=FROM_STACK),
    ],
    "responses": {**one_service(201, "The service."), **problems(400, 401, 403, 409, 413, 415, 422, 429, 503)},
}
GET: Operation = {
    "operation_id": "get_service",
    "summary": "One service",
    "description": "Services of other teams, and removed ones, are not there.",
    "tags": TAG,
    "parameters": [ETAG],
    "responses": {**one_service(200, "The service; its ETag is for If-Match."), **READING},
}
CHANGE: Operation = {
    "operation_id": "change_service",
    "summary": "Change members of a service",
    "description": "A JSON Merge Patch (RFC 7396): null takes a member out, configs are changed member by member. "
    "It is judged as a whole, and kept as a revision if anything but secrets differs. A provider or builder that "
    "stays keeps its version; with another backend its config begins empty.",
    "tags": TAG,
    "request": dict.fromkeys(PATCH_TYPES, PATCH.schema),
    "parameters": [IF_MATCH, ETAG],
    "examples": [
        OpenApiExample(
            "Another branch",
            request_only=True,
            value={"providerConfig": {"branch": "next"}, "changeNote": "Try the new design"},
        )
    ],
    "responses": {**one_service(200, "The service as it is now, with its new ETag."), **WRITING},
}
REMOVE: Operation = {
    "operation_id": "remove_service",
    "summary": "Remove a service",
    "description": "What waits is cancelled, what runs is asked to stop; what is live stays where it is.",
    "tags": TAG,
    "request": None,
    "parameters": [IF_MATCH_OR_NOT, REASON],
    "responses": {
        204: OpenApiResponse(description="It is removed."),
        **problems(400, 401, 403, 404, 412, 422, 428, 429),
    },
}
VALIDATE_DRAFT: Operation = {
    "operation_id": "validate_new_service",
    "summary": "Whether a service could be made like this",
    "description": "The body is that of a new service; nothing is saved. The answer is a result, not an error: 200 "
    "also for what is wrong, with everything at once.",
    "tags": TAG,
    "request": {"application/json": {"type": "object", "required": [], "description": "As for a new service."}},
    "examples": [OpenApiExample("A draft", request_only=True, value=NEW_SERVICE)],
    "responses": {**judged(), **problems(400, 401, 403, 413, 415, 429)},
}
VALIDATE: Operation = {
    "operation_id": "validate_service",
    "summary": "Whether a service is right, as it is or with changes",
    "description": "Without a body, the service as it is: what it uses may have changed. With one, as the same PATCH "
    "would make it; nothing is saved.",
    "tags": TAG,
    "request": {name: {"type": "object", "description": "As for a change."} for name in PATCH_TYPES},
    "examples": [OpenApiExample("A change", request_only=True, value={"providerConfig": {"branch": "next"}})],
    "responses": {**judged(), **READING, **problems(413, 415)},
}
