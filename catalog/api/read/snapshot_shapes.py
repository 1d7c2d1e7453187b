"""What the endpoints of snapshots and of the manifest take and give; for the documentation."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from catalog.api.addresses import MAX_SMALL
from catalog.api.openapi import ANYBODY, problems
from catalog.api.read.parameters import MAX_LIMIT
from catalog.api.read.shapes import CURSOR, ETAG, LIMIT, LINK, MAYBE_TEXT, NUMBER, UNCHANGED, Operation

SERIAL = {"type": "integer", "minimum": 1, "maximum": MAX_SMALL}
SERIAL_OR_NONE = {**SERIAL, "minimum": 0}
TIME = {"type": "string", "format": "date-time"}
COUNTS = {
    "type": "object",
    "required": ["added", "changed", "removed"],
    "properties": dict.fromkeys(("added", "changed", "removed"), NUMBER),
}
SNAPSHOT: dict[str, Any] = {
    "type": "object",
    "required": ["serial", "state", "published_at", "rolled_back_to", "path", "sha256", "is_kept"],
    "additionalProperties": False,
    "properties": {
        "serial": {**NUMBER, "description": "Higher for each publish; a rollback is a publish, too."},
        "state": {"enum": ["live", "replaced"]},
        "published_at": TIME,
        "rolled_back_to": {"type": ["integer", "null"], "description": "The serial whose content it brought back."},
        "path": {"type": "string", "description": "Of its file in the published tree."},
        "sha256": {"type": "string", "description": "Of the bytes of that file."},
        "is_kept": {"type": "boolean", "description": "Whether its files are still there."},
        "note": {"type": "string", "description": "For those who may see what is not live, as the rest below."},
        "requested_by": MAYBE_TEXT,
        "requested_at": {**TIME, "type": ["string", "null"]},
        "finished_at": {**TIME, "type": ["string", "null"]},
        "changes": COUNTS,
    },
}
SNAPSHOT_EXAMPLE = {
    "serial": 7,
    "state": "live",
    "published_at": "2030-01-02T12:00:00Z",
    "rolled_back_to": None,
    "path": "snapshots/00000007-0123456789ab.json",
    "sha256": "0123456789abcdef" * 4,
    "is_kept": True,
}
DIFF = {
    "type": "object",
    "required": ["from", "to", "counts", "entries"],
    "properties": {
        "from": NUMBER,
        "to": NUMBER,
        "counts": COUNTS,
        "entries": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["key", "change", "differences"],
                "properties": {
                    "key": {"type": "string"},
                    "change": {"enum": ["added", "changed", "removed"]},
                    "differences": {
                        "type": "array",
                        "description": "Of what is in both.",
                        "items": {
                            "type": "object",
                            "required": ["path", "before", "after"],
                            "properties": {
                                "path": {"type": "string", "description": "JSON Pointer."},
                                "before": {"description": "null where there was none."},
                                "after": {"description": "null where there is none."},
                            },
                        },
                    },
                },
            },
        },
    },
}
MANIFEST_SHAPE: Operation = {
    "operation_id": "get_manifest",
    "summary": "Every name that is live",
    "description": "The same bytes as the published manifest.json.",
    "tags": ["snapshots"],
    "auth": ANYBODY,
    "parameters": [ETAG],
    "responses": {
        200: OpenApiResponse(
            {"$ref": "#/components/schemas/Manifest"},
            description="The manifest.",
            examples=[
                OpenApiExample(
                    "A small registry",
                    value={
                        "schema_version": "1.0.0",
                        "last_updated": "2030-01-02T12:00:00Z",
                        "serial": 7,
                        "providers": {"cms": ["sanity"]},
                        "builders": {"static_site": ["hugo"]},
                        "stacks": {"foundation": ["marketing"]},
                        "aliases": {},
                        "cdn_urls": {
                            "base": "https://registry.example.com",
                            "manifest": "https://registry.example.com/manifest.json",
                        },
                    },
                )
            ],
        ),
        304: UNCHANGED,
        **problems(400, 401, 403, 404, 429),
    },
}
SNAPSHOTS_SHAPE: Operation = {
    "operation_id": "list_snapshots",
    "summary": "What was published, the newest first",
    "tags": ["snapshots"],
    "auth": ANYBODY,
    "parameters": [CURSOR, LIMIT, ETAG, LINK],
    "responses": {
        200: OpenApiResponse(
            {"type": "array", "maxItems": MAX_LIMIT, "items": SNAPSHOT},
            description="Snapshots.",
            examples=[OpenApiExample("One page", value=[SNAPSHOT_EXAMPLE])],
        ),
        304: UNCHANGED,
        **problems(400, 401, 403, 429),
    },
}
SNAPSHOT_SHAPE: Operation = {
    "operation_id": "get_snapshot",
    "summary": "One published snapshot",
    "tags": ["snapshots"],
    "auth": ANYBODY,
    "parameters": [OpenApiParameter("serial", SERIAL, OpenApiParameter.PATH), ETAG],
    "responses": {
        200: OpenApiResponse(
            SNAPSHOT,
            description="The snapshot, and how much it changed.",
            examples=[
                OpenApiExample(
                    "The live one",
                    value={**SNAPSHOT_EXAMPLE, "changes": {"added": 1, "changed": 2, "removed": 0}},
                )
            ],
        ),
        304: UNCHANGED,
        **problems(400, 401, 403, 404, 429),
    },
}
DIFF_SHAPE: Operation = {
    "operation_id": "compare_snapshots",
    "summary": "What differs between two published snapshots",
    "description": "Net: what was changed and changed back does not count. 0 is the empty registry.",
    "tags": ["snapshots"],
    "auth": ANYBODY,
    "parameters": [
        OpenApiParameter("earlier", SERIAL_OR_NONE, OpenApiParameter.PATH, description="From this serial ..."),
        OpenApiParameter("later", SERIAL_OR_NONE, OpenApiParameter.PATH, description="... to this one."),
        CURSOR,
        LIMIT,
        ETAG,
        LINK,
    ],
    "responses": {
        200: OpenApiResponse(
            DIFF,
            description="A page of the entries that differ.",
            examples=[
                OpenApiExample(
                    "A price",
                    value={
                        "from": 6,
                        "to": 7,
                        "counts": {"added": 0, "changed": 1, "removed": 0},
                        "entries": [
                            {
                                "key": "providers/cms/sanity",
                                "change": "changed",
                                "differences": [
                                    {"path": "/monthly_cost_range", "before": [65, 280], "after": [70, 280]}
                                ],
                            }
                        ],
                    },
                )
            ],
        ),
        304: UNCHANGED,
        **problems(400, 401, 403, 404, 429),
    },
}
