"""What the endpoints of this room take and give; for the documentation, and to judge the body of a comparison."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from catalog.api.configs.shapes import JUDGEMENT, VALID
from catalog.api.openapi import ANYBODY, TEXT, problems
from catalog.api.read.shapes import ETAG, UNCHANGED
from catalog.api.write.bodies import Body
from catalog.schemas.compare.report import Mode, Policy
from catalog.schemas.library import CURRENT_VERSIONS

Operation = dict[str, Any]
SCHEMA = {"type": ["object", "boolean"], "description": "A JSON Schema of draft 2020-12."}
COMPARE = Body(
    {
        "old": SCHEMA,
        "new": SCHEMA,
        "mode": {
            "enum": [mode.value for mode in Mode],
            "default": Mode.BACKWARD.value,
            "description": "BACKWARD: new accepts what old accepts. FORWARD: old accepts what new accepts. FULL: both.",
        },
        "policy": {
            "enum": [policy.value for policy in Policy],
            "default": Policy.LENIENT.value,
            "description": "lenient: a property may be added to an object that is open, as if nobody had used its name "
            "before. strict: it may not.",
        },
    },
    required=("old", "new"),
)
CHANGE: dict[str, Any] = {
    "type": "object",
    "required": ["path", "kind", "breaking", "explanation", "example", "has_example"],
    "properties": {
        "path": {**TEXT, "description": "JSON Pointer into the schema that refuses, or where something changed."},
        "kind": {**TEXT, "description": "A word that stays, such as type_narrowed or required_added."},
        "breaking": {"type": "boolean"},
        "explanation": TEXT,
        "example": {"description": "An instance that one schema accepts and the other refuses."},
        "has_example": {"type": "boolean", "description": "Whether there is one: it may be null itself."},
    },
}
COMPARISON = {
    "type": "object",
    "required": ["compatible", "changes"],
    "properties": {
        "compatible": {"type": "boolean", "description": "True is certain; false may be caution, which is then said."},
        "changes": {"type": "array", "items": CHANGE, "description": "Breaking ones first."},
    },
}
ROW = {
    "name": "provider",
    "version": CURRENT_VERSIONS["provider"],
    "is_current": True,
    "title": "Provider",
    "description": "",
    "path": f"schemas/provider/{CURRENT_VERSIONS['provider']}",
}
NAMED = OpenApiParameter(
    "name", OpenApiTypes.STR, OpenApiParameter.PATH, enum=sorted(CURRENT_VERSIONS), description="Of the schema."
)
VERSIONED = OpenApiParameter(
    "version", OpenApiTypes.STR, OpenApiParameter.PATH, description="Such as 1.0.0; GET /schemas lists them."
)
LOOKING = problems(400, 401, 403, 429)
LIST_SHAPE: Operation = {
    "operation_id": "list_schemas",
    "summary": "The released schemas",
    "description": "Of documents and of the published files. Schemas of configs stand at providers and builders.",
    "tags": ["schemas"],
    "auth": ANYBODY,
    "parameters": [ETAG],
    "responses": {
        200: OpenApiResponse(
            {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": list(ROW),
                    "properties": {name: {"type": "boolean"} if name == "is_current" else TEXT for name in ROW},
                },
            },
            description="All of them.",
            examples=[OpenApiExample("One schema", value=[ROW])],
        ),
        304: UNCHANGED,
        **LOOKING,
    },
}
SCHEMA_SHAPE: Operation = {
    "operation_id": "get_schema",
    "summary": "One released schema",
    "description": "It never changes.",
    "tags": ["schemas"],
    "auth": ANYBODY,
    "parameters": [NAMED, VERSIONED, ETAG],
    "responses": {
        (200, "application/schema+json"): OpenApiResponse(
            {"type": "object"},
            description="The schema.",
            examples=[OpenApiExample("A schema", value={"title": "Provider", "type": "object"})],
        ),
        304: UNCHANGED,
        **LOOKING,
        **problems(404),
    },
}
VALIDATE_SHAPE: Operation = {
    "operation_id": "validate_document",
    "summary": "Whether a document fits its schema",
    "description": "The body is the document as it is published, without `id` and `name`. The answer is a result, not "
    "an error: 200 also for what is wrong. Nothing is looked up: references to entries are not followed.",
    "tags": ["schemas"],
    "auth": ANYBODY,
    "parameters": [NAMED],
    "request": {"application/json": {"type": "object", "required": [], "description": "The document."}},
    "examples": [
        OpenApiExample(
            "A builder",
            request_only=True,
            value={
                "builder_name": "zola",
                "display_name": "Zola",
                "category": "static_site",
                "backend": "zola@1",
                "schema_version": "1.0.0",
            },
        )
    ],
    "responses": {
        200: OpenApiResponse(
            JUDGEMENT, description="What is wrong with it.", examples=[OpenApiExample("Right", value=VALID)]
        ),
        **LOOKING,
        **problems(404, 413, 415),
    },
}
COMPARE_SHAPE: Operation = {
    "operation_id": "compare_schemas",
    "summary": "Whether two schemas are compatible",
    "description": "`compatible` is never wrong when it is true: what cannot be followed (a changed pattern, a changed "
    "`not`) counts as breaking. Each example was judged by both schemas. Patterns are searched in linear time, so "
    "look-around and references back are refused; `$ref` stays inside the schema.",
    "tags": ["schemas"],
    "auth": ANYBODY,
    "request": {"application/json": COMPARE.schema},
    "examples": [
        OpenApiExample(
            "A shorter text",
            request_only=True,
            value={"old": {"type": "string"}, "new": {"type": "string", "maxLength": 5}, "mode": "BACKWARD"},
        )
    ],
    "responses": {
        200: OpenApiResponse(
            COMPARISON,
            description="What changed.",
            examples=[
                OpenApiExample(
                    "A shorter text",
                    value={
                        "compatible": False,
                        "changes": [
                            {
                                "path": "/maxLength",
                                "kind": "limit_narrowed",
                                "breaking": True,
                                "explanation": "By the old schema texts of more than 5 characters may be given; the "
                                "new one refuses that.",
                                "example": "xxxxxx",
                                "has_example": True,
                            }
                        ],
                    },
                )
            ],
        ),
        **LOOKING,
        **problems(413, 415, 422),
    },
}
