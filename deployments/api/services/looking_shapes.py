"""What the endpoints of suggestions take and give; for the documentation."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from catalog.api.openapi import TEXT, problems
from deployments.api.services.bodies import LOOK, LOOK_PATCH
from deployments.api.services.shapes import MAYBE_TEXT, MAYBE_UUID, PATCH_TYPES, READING, TAG, TIME, UUID, Operation
from deployments.models import ErrorKind, LookState

MAYBE_TIME = {"type": ["string", "null"], "format": "date-time"}
OFFER: dict[str, Any] = {
    "type": "object",
    "required": ["builderId", "builderBackend", "majors", "confidence", "reason", "builderConfig"],
    "properties": {
        "builderId": {**TEXT, "description": "The slug of a builder that takes new services."},
        "builderBackend": {**TEXT, "description": "key@major, the newest that the catalogue offers."},
        "majors": {"type": "array", "items": TEXT, "description": "Other majors of it that would do, newest first."},
        "confidence": {"type": "integer", "minimum": 1, "maximum": 5, "description": "5: certainly; 1: perhaps."},
        "reason": TEXT,
        "builderConfig": {"type": "object", "description": "The settings to begin with."},
    },
}
ERROR = {
    "type": ["object", "null"],
    "properties": {"kind": {"type": "string", "enum": ErrorKind.values}, "message": TEXT, "hint": TEXT},
    "description": "Why nobody could look, as a deployment would say it.",
}
SUGGESTIONS: dict[str, Any] = {
    "type": "object",
    "required": ["id", "state", "isOver", "providerId", "suggestions", "error"],
    "properties": {
        "id": UUID,
        "state": {"type": "string", "enum": LookState.values},
        "isOver": {"type": "boolean", "description": "Whether it stays so: found, or failed."},
        "serviceId": {**MAYBE_UUID, "description": "The service whose secrets counted."},
        "providerId": TEXT,
        "providerBackend": TEXT,
        "requestedAt": TIME,
        "finishedAt": MAYBE_TIME,
        "keptUntil": {**MAYBE_TIME, "description": "After it there is 404."},
        "revision": {**MAYBE_TEXT, "description": "What was looked at: a commit, a digest."},
        "suggestions": {"type": "array", "items": OFFER, "description": "The surest first; none if nothing fits."},
        "error": ERROR,
    },
}
WAITS = {
    "id": "9b1f0a7e-5d0e-4e39-8a63-0c9c8f3a1d52",
    "state": "waiting",
    "isOver": False,
    "serviceId": None,
    "providerId": "github",
    "providerBackend": "github@1",
    "requestedAt": "2030-01-02T12:00:00Z",
    "finishedAt": None,
    "keptUntil": None,
    "revision": None,
    "suggestions": [],
    "error": None,
}
HUGO = {
    "builderId": "hugo",
    "builderBackend": "hugo@1",
    "majors": [],
    "confidence": 5,
    "reason": "There are settings of Hugo.",
    "builderConfig": {"sourceFolder": "."},
}
ENDED = {**WAITS, "isOver": True, "finishedAt": "2030-01-02T12:00:03Z", "keptUntil": "2030-01-03T12:00:03Z"}
FOUND = {**ENDED, "state": "found", "revision": "0f5c1c6d0d4b4b0f8a5d6f0e2f6b7c8d9e0f1a2b", "suggestions": [HUGO]}
MISSING = {
    "kind": "permanent",
    "message": "There is no repository bakery/sites, or its token may not read it.",
    "hint": "Look at its name.",
}
FAILED = {**ENDED, "state": "failed", "error": MISSING}
SOURCE = {"providerId": "github", "providerConfig": {"repository": "bakery/site", "branch": "main"}}
LOCATION = OpenApiParameter(
    "Location", OpenApiTypes.STR, OpenApiParameter.HEADER, response=[202], description="Where to ask for the result."
)
ASKED: dict[Any, Any] = {
    202: OpenApiResponse(
        SUGGESTIONS,
        description="It will be looked at, or was a moment ago.",
        examples=[OpenApiExample("It waits", value=WAITS)],
    ),
    **problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
}  # fmt: skip
ABOUT = (
    "A deployer fetches the source, by the rules of a deployment, and asks every builder. Nothing of it is run or "
    "kept. Ask at `Location` every second or so. The same question within ten minutes has the same answer, unless it "
    "failed; a person has one at a time: 409 while a deployer is at another, one that waits is given up. It takes "
    "the permission to deploy."
)
SUGGEST_FOR_DRAFT: Operation = {
    "operation_id": "suggest_builders",
    "summary": "Which builders fit a source",
    "description": f"{ABOUT} Secrets are kept until it is over.",
    "tags": TAG,
    "request": {"application/json": LOOK.schema},
    "parameters": [LOCATION],
    "examples": [OpenApiExample("A repository", request_only=True, value=SOURCE)],
    "responses": ASKED,
}
SUGGEST_FOR_SERVICE: Operation = {
    "operation_id": "suggest_builders_for_service",
    "summary": "Which builders fit the source of a service",
    "description": f"{ABOUT} With a body, as the same PATCH would make the service. Its secrets count, and those that "
    "are sent go before them.",
    "tags": TAG,
    "request": dict.fromkeys(PATCH_TYPES, LOOK_PATCH.schema),
    "parameters": [LOCATION],
    "examples": [
        OpenApiExample("Another branch", request_only=True, value={"providerConfig": {"branch": "next"}})
    ],
    "responses": ASKED,
}  # fmt: skip
GET_SUGGESTION: Operation = {
    "operation_id": "get_suggestions",
    "summary": "What was found in a source",
    "description": "For whoever asked. `waiting` (for a deployer; ten minutes at most), `looking`, then `found` or "
    "`failed`.",
    "tags": TAG,
    "responses": {
        200: OpenApiResponse(
            SUGGESTIONS,
            description="How far it is.",
            examples=[OpenApiExample("Found", value=FOUND), OpenApiExample("Failed", value=FAILED)],
        ),
        **READING,
    },
}
