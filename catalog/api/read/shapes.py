"""What the endpoints of this room take and give; for the documentation, and the names of members that may be chosen."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from catalog.api.addresses import FOLDERS, name_pattern
from catalog.api.openapi import ANYBODY, document, member_names, problems
from catalog.api.read.paging import ORDERS
from catalog.api.read.parameters import DEFAULT_LIMIT, MAX_LIMIT
from catalog.models.choices import BuilderCategory

Operation = dict[str, Any]
LIVE, APPROVED, DRAFT = STATES = ("live", "approved", "draft")
GROUPS = {"provider": "provider_type", "builder": "category", "stack": "category"}
GROUP_CHOICES = {**FOLDERS, "builder": BuilderCategory.values}
EXAMPLES: dict[str, dict[str, Any]] = {
    "provider": {
        "id": "sanity",
        "name": "Sanity CMS",
        "description": "",
        "icon": "",
        "provider_name": "sanity",
        "provider_type": "cms",
        "category": "cms_tier_service",
        "display_name": "Sanity CMS",
        "monthly_cost_range": [65, 280],
        "cms_type": "api_based",
        "schema_version": "1.0.0",
        "last_updated": "2030-01-02T12:00:00Z",
        "serial": 7,
    },
    "builder": {
        "id": "hugo",
        "name": "Hugo",
        "description": "",
        "icon": "",
        "builder_name": "hugo",
        "category": "static_site",
        "display_name": "Hugo",
        "backend": "hugo@1",
        "schema_version": "1.0.0",
        "last_updated": "2030-01-02T12:00:00Z",
        "serial": 7,
    },
    "stack": {
        "id": "marketing",
        "name": "Marketing",
        "description": "",
        "icon": "",
        "stack_name": "marketing",
        "category": "foundation",
        "display_name": "Marketing",
        "schema_version": "1.0.0",
        "last_updated": "2030-01-02T12:00:00Z",
        "serial": 7,
    },
}
NAMES = {"provider": "sanity", "builder": "hugo", "stack": "marketing"}
NUMBER = {"type": "integer", "minimum": 0}
MAYBE_TEXT = {"type": ["string", "null"]}
USAGE = {
    "type": "object",
    "required": ["key", "since", "reads", "consumers", "users"],
    "properties": {
        "key": {"type": "string"},
        "since": {"type": "string", "format": "date"},
        "reads": NUMBER,
        "consumers": {
            "type": "array",
            "description": "Who reads it through the API, the most frequent first; at most 100.",
            "items": {
                "type": "object",
                "required": ["consumer", "name", "reads", "last_read_on"],
                "properties": {
                    "consumer": {"type": "string", "description": "token:<id>, person:<id> or anonymous."},
                    "name": MAYBE_TEXT,
                    "reads": NUMBER,
                    "last_read_on": {"type": "string", "format": "date"},
                },
            },
        },
        "users": {
            "type": "array",
            "description": "What uses it in its own configuration.",
            "items": {
                "type": "object",
                "required": ["kind", "name", "address"],
                "properties": {part: {"type": "string"} for part in ("kind", "name", "address")},
            },
        },
    },
}
UNCHANGED = OpenApiResponse(description="It is what If-None-Match names.")
STATE = OpenApiParameter("state", enum=STATES, description="live unless told; the others need the scope entries:read.")
CURSOR = OpenApiParameter("cursor", description="Where a page goes on: from the header Link of the page before.")
LIMIT = OpenApiParameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}, description="Of a page."
)
ETAG = OpenApiParameter(
    "ETag",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    response=[200],
    description="For If-None-Match.",
)
LINK = OpenApiParameter(
    "Link",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    response=[200],
    description='<address>; rel="next"',
)


def name_of(kind: str) -> OpenApiParameter:
    """The name in the address of an entry."""
    return OpenApiParameter(
        "name",
        {"type": "string", "pattern": name_pattern(kind)},
        OpenApiParameter.PATH,
        description="The slug, or type and slug, such as cms/sanity; builders have no types.",
        examples=[OpenApiExample("A name", value=NAMES[kind])],
    )


def orderings_of(kind: str) -> list[str]:
    """Builders cost nothing."""
    orders = [order for order in ORDERS if kind != "builder" or order != "monthly_cost"]
    return [sign + order for order in orders for sign in ("", "-")]


def fields_of(kind: str) -> OpenApiParameter:
    return OpenApiParameter(
        "fields",
        {"type": "array", "minItems": 1, "items": {"enum": member_names(kind)}},
        description="Only these members, with commas, as far as there are such.",
        explode=False,
        style="form",
        examples=[OpenApiExample("Two members", value=["name", "icon"])],
    )


def list_shape(kind: str) -> Operation:
    return {
        "operation_id": f"list_{kind}s",
        "summary": f"All {kind}s",
        "description": "A bare array of documents, a page at a time; the header Link has the address of the next one. "
        "What is in the list all the while is on exactly one page, even if something is published between two pages.",
        "tags": [f"{kind}s"],
        "auth": ANYBODY,
        "parameters": [
            STATE,
            OpenApiParameter(GROUPS[kind], enum=GROUP_CHOICES[kind], description="Only these."),
            fields_of(kind),
            OpenApiParameter(
                "ordering",
                enum=orderings_of(kind),
                description="key unless told; - for descending. What has no cost comes last.",
            ),
            CURSOR,
            LIMIT,
            ETAG,
            LINK,
        ],
        "responses": {
            200: OpenApiResponse(
                {"type": "array", "maxItems": MAX_LIMIT, "items": document(kind)},
                description="The documents.",
                examples=[OpenApiExample("One page", value=[EXAMPLES[kind]])],
            ),
            304: UNCHANGED,
            **problems(400, 401, 403, 410, 429),
        },
    }


def entry_shape(kind: str) -> Operation:
    return {
        "operation_id": f"get_{kind}",
        "summary": f"One {kind}",
        "description": "Its document. An older name answers 308; a slug that several have 409; what was removed 410.",
        "tags": [f"{kind}s"],
        "auth": ANYBODY,
        "parameters": [name_of(kind), STATE, fields_of(kind), ETAG],
        "responses": {
            200: OpenApiResponse(
                document(kind),
                description="The document.",
                examples=[OpenApiExample("A document", value=EXAMPLES[kind])],
            ),
            304: UNCHANGED,
            **problems(308, 400, 401, 403, 404, 409, 410, 429),
        },
    }


def usage_shape(kind: str) -> Operation:
    return {
        "operation_id": f"get_{kind}_usage",
        "summary": f"Who reads a {kind}, and what uses it",
        "description": "Reads through the API, counted per consumer and day; they are saved with a delay.",
        "tags": [f"{kind}s"],
        "parameters": [
            name_of(kind),
            OpenApiParameter(
                "days", {"type": "integer", "minimum": 1, "maximum": 366, "default": 30}, description="Today included."
            ),
        ],
        "responses": {
            200: OpenApiResponse(
                USAGE,
                description="Its readers.",
                examples=[
                    OpenApiExample(
                        "Two readers",
                        value={
                            "key": f"{kind}s/...",
                            "since": "2030-01-01",
                            "reads": 42,
                            "consumers": [
                                {
                                    "consumer": "token:0123456789ab",
                                    "name": "CI",
                                    "reads": 40,
                                    "last_read_on": "2030-01-02",
                                },
                                {"consumer": "anonymous", "name": None, "reads": 2, "last_read_on": "2030-01-01"},
                            ],
                            "users": [],
                        },
                    )
                ],
            ),
            **problems(308, 400, 401, 403, 404, 409, 410, 429),
        },
    }
