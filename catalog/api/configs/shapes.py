"""What the endpoints of this room take and give; for the documentation."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from catalog.api.openapi import ANYBODY, TEXT, document, problems
from catalog.api.read.parameters import MAX_LIMIT
from catalog.api.read.shapes import CURSOR, ETAG, EXAMPLES, LIMIT, LINK, UNCHANGED, name_of

Operation = dict[str, Any]
LOOKING = problems(308, 400, 401, 403, 404, 409, 410, 429)
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["path", "code", "message"],
    "properties": {
        "path": {**TEXT, "description": "JSON Pointer into what was sent; empty for the whole."},
        "code": {**TEXT, "description": "A word that stays: the keyword of the schema, or a word of ours."},
        "message": TEXT,
    },
}
JUDGEMENT: dict[str, Any] = {
    "type": "object",
    "required": ["valid", "errors", "warnings"],
    "properties": {
        "valid": {"type": "boolean"},
        "errors": {"type": "array", "items": PROBLEM, "description": "Everything that is wrong, at once."},
        "warnings": {
            "type": "array",
            "items": PROBLEM,
            "description": "What makes nothing invalid: deprecated settings and entries, secrets sent readably.",
        },
    },
}
VALID = {"valid": True, "errors": [], "warnings": []}
INVALID = {
    "valid": False,
    "errors": [
        {"path": "/branch", "code": "type", "message": "This must be of type string."},
        {"path": "/repository", "code": "required", "message": "This is required."},
    ],
    "warnings": [],
}
CONFIGS = {"provider": {"repository": "owner/repo", "branch": "main"}, "builder": {"sourceFolder": "."}}


def fitting_shape(kind: str, other: str) -> Operation:
    return {
        "operation_id": f"list_{kind}_{other}s",
        "summary": f"The {other}s that fit a {kind}",
        "description": "A bare array of live documents in the order of keys. Backends say what fits; where "
        "none is here that could say, every pair is a candidate. `incompatible_builders` of a provider takes pairs "
        "away. Providers that bring no source have no builders.",
        "tags": [f"{kind}s"],
        "auth": ANYBODY,
        "parameters": [name_of(kind), CURSOR, LIMIT, ETAG, LINK],
        "responses": {
            200: OpenApiResponse(
                {"type": "array", "maxItems": MAX_LIMIT, "items": document(other)},
                description="The documents.",
                examples=[OpenApiExample("One page", value=[EXAMPLES[other]])],
            ),
            304: UNCHANGED,
            **LOOKING,
        },
    }


def schema_shape(kind: str) -> Operation:
    return {
        "operation_id": f"get_{kind}_schema",
        "summary": f"The config schema of a {kind}",
        "description": "JSON Schema 2020-12 of what a service gives, with titles, defaults, `x-order` (the order of "
        "members) and `x-widget` (text, textarea, number, checkbox, select, checkboxes, constant, list, map, group, "
        "secret, json, or what the schema itself says).",
        "tags": [f"{kind}s"],
        "auth": ANYBODY,
        "parameters": [name_of(kind), ETAG],
        "responses": {
            (200, "application/schema+json"): OpenApiResponse(
                {"type": "object"},
                description="The schema.",
                examples=[
                    OpenApiExample(
                        "One setting",
                        value={
                            "$schema": "https://json-schema.org/draft/2020-12/schema",
                            "title": "GitHub",
                            "type": "object",
                            "properties": {"branch": {"title": "Branch", "type": "string", "x-widget": "text"}},
                            "x-order": ["branch"],
                        },
                    )
                ],
            ),
            304: UNCHANGED,
            **LOOKING,
        },
    }


def validate_shape(kind: str) -> Operation:
    return {
        "operation_id": f"validate_{kind}_config",
        "summary": f"Whether a config is right for a {kind}",
        "description": "The body is the config. The answer is a result, not an error: 200 also for what is wrong, with "
        "every error at once.",
        "tags": [f"{kind}s"],
        "auth": ANYBODY,
        "parameters": [name_of(kind)],
        "request": {"application/json": {"type": "object", "required": [], "description": "The config."}},
        "examples": [OpenApiExample("A config", request_only=True, value=CONFIGS[kind])],
        "responses": {
            200: OpenApiResponse(
                JUDGEMENT,
                description="What is wrong with it, if anything.",
                examples=[OpenApiExample("Right", value=VALID), OpenApiExample("Wrong", value=INVALID)],
            ),
            **LOOKING,
            **problems(413, 415),
        },
    }
