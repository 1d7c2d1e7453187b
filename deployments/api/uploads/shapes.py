"""What the operations of this room take and give; for the documentation."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from catalog.api.openapi import problems
from deployments.actions.uploads import MAX_BYTES
from deployments.api.uploads.tus import MAX_METADATA, PIECE_TYPE, VERSION
from registry_site.intake import MAX_PIECE_BYTES

TEXT = {"type": "string"}
MAYBE_TEXT = {"type": ["string", "null"]}
BYTES = {"type": "integer", "minimum": 0, "maximum": MAX_BYTES}
UPLOAD = {
    "type": "object",
    "required": ["id", "owner", "team", "filename", "sizeBytes", "receivedBytes", "sha256", "createdAt", "finishedAt"],
    "properties": {
        "id": {**TEXT, "format": "uuid", "description": "For `artifactId` of a service's providerConfig."},
        "owner": TEXT,
        "team": {**MAYBE_TEXT, "description": "Its services may use it."},
        "filename": MAYBE_TEXT,
        "sizeBytes": BYTES,
        "receivedBytes": BYTES,
        "sha256": {**MAYBE_TEXT, "description": "Of what came, when it is whole."},
        "createdAt": {**TEXT, "format": "date-time"},
        "finishedAt": {**MAYBE_TEXT, "format": "date-time"},
    },
}
EXAMPLE = {
    "id": "3f0c2f6e-6b0f-4c57-9a54-3a1f3d1f7c11",
    "owner": "deployer",
    "team": "Web",
    "filename": "site.zip",
    "sizeBytes": 4096,
    "receivedBytes": 0,
    "sha256": None,
    "createdAt": "2030-01-02T12:00:00Z",
    "finishedAt": None,
}
ID = OpenApiParameter("id", {**TEXT, "format": "uuid"}, OpenApiParameter.PATH, description="Of an upload.")
TUS = OpenApiParameter(
    "Tus-Resumable", {**TEXT, "enum": [VERSION]}, OpenApiParameter.HEADER, required=True, description="The protocol."
)


def number(name: str, words: str, *, least: int = 0) -> OpenApiParameter:
    shape = {"type": "integer", "minimum": least, "maximum": MAX_BYTES}
    return OpenApiParameter(name, shape, OpenApiParameter.HEADER, required=True, description=words)


BEGIN: dict[str, Any] = {
    "operation_id": "begin_upload",
    "summary": "Begin to send an archive",
    "description": "tus 1.0.0, the extension creation. The body is empty; `Location` is where the pieces go.",
    "tags": ["uploads"],
    "request": None,
    "parameters": [
        TUS,
        number("Upload-Length", "How many bytes it will have.", least=1),
        OpenApiParameter(
            "Upload-Metadata",
            {**TEXT, "maxLength": MAX_METADATA},
            OpenApiParameter.HEADER,
            description="Names with base64 texts, joined by commas: `filename`; `sha256`, the digest of the whole in "
            "hexadecimal digits, which is compared; `team`, needed by who belongs to several.",
        ),
    ],
    "responses": {
        201: OpenApiResponse(UPLOAD, description="Begun.", examples=[OpenApiExample("Begun", value=EXAMPLE)]),
        **problems(400, 401, 403, 412, 413, 422, 429, 507),
    },
}
LOOK: dict[str, Any] = {
    "operation_id": "get_upload",
    "summary": "How far an upload is",
    "description": "HEAD, with Tus-Resumable, has it in `Upload-Offset`.",
    "tags": ["uploads"],
    "parameters": [ID],
    "responses": {
        200: OpenApiResponse(UPLOAD, description="The upload.", examples=[OpenApiExample("An upload", value=EXAMPLE)]),
        **problems(400, 401, 403, 404, 429),
    },
}
GO_ON: dict[str, Any] = {
    "operation_id": "append_to_upload",
    "summary": "Send the next piece of an upload",
    "description": f"Up to {MAX_PIECE_BYTES:,} bytes. What came before a connection was cut is kept: ask with HEAD.",
    "tags": ["uploads"],
    "parameters": [ID, TUS, number("Upload-Offset", "Where the upload stands; 409 anywhere else.")],
    "request": {PIECE_TYPE: {"type": "string", "format": "binary"}},
    "responses": {
        204: OpenApiResponse(description="`Upload-Offset` is where it stands now."),
        **problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 423, 429, 507),
    },
}
REMOVE: dict[str, Any] = {
    "operation_id": "remove_upload",
    "summary": "Remove an upload",
    "tags": ["uploads"],
    "parameters": [ID, TUS],
    "responses": {
        204: OpenApiResponse(description="It is removed."),
        **problems(400, 401, 403, 404, 412, 422, 423, 429),
    },
}
