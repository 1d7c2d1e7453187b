"""What a search takes and gives, for the documentation."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from catalog.api.openapi import ANYBODY, document, problems
from catalog.api.read.parameters import MAX_LIMIT
from catalog.api.read.shapes import ETAG, EXAMPLES, LIMIT, LINK, UNCHANGED
from catalog.api.search.parameters import ASKED, MAX_TAG_LENGTH, MAX_TAGS, MAX_TEXT_LENGTH, ORDERINGS
from catalog.models.choices import Complexity, ProviderType
from catalog.models.validators import MAX_MONEY
from catalog.search.query import FACETS, LIFECYCLES, MAX_FACET_VALUES

COUNT = {"type": "integer", "minimum": 0}
TAG = {"type": "string", "maxLength": MAX_TAG_LENGTH, "pattern": "^[a-z0-9]+(_[a-z0-9]+)*$"}
ONE_OR_ALL = {"type": ["string", "array", "null"], "items": {"type": "string"}}
ANSWER: dict[str, Any] = {
    "type": "object",
    "required": ["providers", "count", "query", "next"],
    "properties": {
        "providers": {"type": "array", "maxItems": MAX_LIMIT, "items": document("provider")},
        "count": {**COUNT, "description": "Of all pages."},
        "query": {
            "type": "object",
            "description": "What was asked; null for what was not. What was asked several times is a list.",
            "required": list(ASKED),
            "properties": {name: ONE_OR_ALL if name != "max_cost" else {"type": ["integer", "null"]} for name in ASKED},
        },
        "facets": {
            "type": "object",
            "description": f"If it was asked for: how many of `count` have each value, the most frequent first, "
            f"at most {MAX_FACET_VALUES} values of each.",
            "properties": {
                name: {
                    "type": "array",
                    "maxItems": MAX_FACET_VALUES,
                    "items": {
                        "type": "object",
                        "required": ["value", "count"],
                        "properties": {"value": {"type": "string"}, "count": {**COUNT, "minimum": 1}},
                    },
                }
                for name in FACETS
            },
        },
        "next": {"type": ["string", "null"], "description": "The `cursor` of the next page."},
    },
}
EXAMPLE = {
    "providers": [EXAMPLES["provider"]],
    "count": 1,
    "query": {**dict.fromkeys(ASKED), "feature": "structured_content", "max_cost": 100},
    "facets": {"provider_type": [{"value": "cms", "count": 1}]},
    "next": None,
}


def _all_of(name: str, what: str) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        {"type": "array", "items": TAG, "maxItems": MAX_TAGS},
        description=f"{what}; repeated for those that have all of them.",
        explode=True,
    )


SEARCH: dict[str, Any] = {
    "operation_id": "search_providers",
    "summary": "Find providers",
    "description": "Live providers for which everything holds that is asked. Words of `q` are found in names, tier, "
    "description, best for and tags, by their beginnings too; for a misspelt word near ones are taken.",
    "tags": ["search"],
    "auth": ANYBODY,
    "parameters": [
        OpenApiParameter(
            "q",
            {"type": "string", "maxLength": MAX_TEXT_LENGTH},
            description="Words, all of which are there. Where DynamoDB answers searches: 400, `unsupported`.",
            examples=[OpenApiExample("Misspelt", value="santy")],
        ),
        OpenApiParameter("provider_type", enum=ProviderType.values, description="Only these."),
        _all_of("feature", "Has this key feature"),
        OpenApiParameter(
            "max_cost",
            {"type": "integer", "minimum": 0, "maximum": MAX_MONEY - 1},
            description="Its monthly cost begins at or below this.",
        ),
        OpenApiParameter("complexity", enum=Complexity.values, description="Only these."),
        _all_of("ssg_engine", "Works with this site engine"),
        _all_of("target_market", "Is for this market"),
        OpenApiParameter("lifecycle", enum=LIFECYCLES, description="Only these; all unless told."),
        OpenApiParameter(
            "facets",
            {"type": "string", "pattern": f"^({'|'.join(FACETS)})(,({'|'.join(FACETS)}))*$"},
            description=f"What to count by, with commas: {', '.join(FACETS)}.",
        ),
        OpenApiParameter(
            "ordering",
            enum=ORDERINGS,
            description="relevance unless told; - for descending. What has no cost comes last.",
        ),
        OpenApiParameter("cursor", description="Where a page goes on: `next` of the page before."),
        LIMIT,
        ETAG,
        LINK,
    ],
    "responses": {
        200: OpenApiResponse(
            ANSWER, description="A page of what is found.", examples=[OpenApiExample("One found", value=EXAMPLE)]
        ),
        304: UNCHANGED,
        **problems(400, 401, 403, 422, 429, 503),
    },
}
