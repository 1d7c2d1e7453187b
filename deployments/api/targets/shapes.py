"""What the endpoints of targets give; for the documentation."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from catalog.api.openapi import TEXT, problems
from catalog.api.read.shapes import ETAG, UNCHANGED

Operation = dict[str, Any]
TARGET: dict[str, Any] = {
    "type": "object",
    "required": ["id", "backend", "version", "name", "description", "accepts"],
    "properties": {
        "id": {**TEXT, "description": "What `targetId` of a service takes."},
        "backend": {**TEXT, "description": "key@major."},
        "version": TEXT,
        "name": TEXT,
        "description": TEXT,
        "icon": TEXT,
        "category": TEXT,
        "accepts": {
            "type": "array",
            "items": {"type": "string"},
            "description": "What a builder has to make for it: site, image.",
        },
    },
}
EXAMPLE = {
    "id": "directory",
    "backend": "directory@1",
    "version": "1.0.0",
    "name": "Folder",
    "description": "A folder of this machine.",
    "icon": "folder",
    "category": "",
    "accepts": ["site"],
}
SCHEMA_EXAMPLE = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Folder",
    "type": "object",
    "properties": {"folder": {"title": "Folder", "type": "string", "x-widget": "text"}},
    "x-order": ["folder"],
}
LIST: Operation = {
    "operation_id": "list_targets",
    "summary": "What services can be deployed to",
    "description": "A bare array of those that can be used here.",
    "tags": ["targets"],
    "responses": {
        200: OpenApiResponse(
            {"type": "array", "items": TARGET},
            description="The targets.",
            examples=[OpenApiExample("One target", value=[EXAMPLE])],
        ),
        **problems(400, 401, 403, 429),
    },
}
SCHEMA: Operation = {
    "operation_id": "get_target_schema",
    "summary": "The config schema of a target",
    "description": "JSON Schema 2020-12 of `targetConfig`, with the same hints for forms as those of providers.",
    "tags": ["targets"],
    "parameters": [
        OpenApiParameter(
            "id",
            {"type": "string", "pattern": "^[a-z][a-z0-9-]*(@[1-9][0-9]*)?$"},
            OpenApiParameter.PATH,
            description="Its key for the newest major, or key@major.",
            examples=[OpenApiExample("A target", value="directory")],
        ),
        ETAG,
    ],
    "responses": {
        (200, "application/schema+json"): OpenApiResponse(
            {"type": "object"},
            description="The schema.",
            examples=[OpenApiExample("One setting", value=SCHEMA_EXAMPLE)],
        ),
        304: UNCHANGED,
        **problems(400, 401, 403, 404, 429),
    },
}
