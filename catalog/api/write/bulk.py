"""Many entries in one request: all of them are written, or none, with every problem of every item."""

from collections import Counter
from operator import itemgetter
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.documents import MAX_ITEMS, Item, RefusedItemsError, write_documents
from catalog.api.base import ApiView
from catalog.api.problems import UnprocessableError
from catalog.api.write.bodies import DOCUMENT, GATE_REASON, NOTE, Body
from catalog.api.write.common import change_of
from catalog.api.write.documentation import CREATING, IDEMPOTENCY_KEY, acts
from catalog.api.write.idempotency import idempotent
from catalog.api.write.shapes import WrittenItems
from catalog.models import ENTRY_MODELS
from catalog.schemas.validation import Problem

# Of each item, so that an answer is not many times as long as its request.
MAX_SHOWN = 20
OUTCOMES = ("created", "changed", "unchanged")
BULK = Body(
    {
        "items": {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_ITEMS,
            "items": {
                "type": "object",
                "properties": {
                    "kind": {"enum": [model.kind for model in ENTRY_MODELS]},
                    "document": DOCUMENT,
                    "expected_revision": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 2_147_483_647,
                        "description": "The newest revision that you know, as If-Match; 0 for a new entry.",
                    },
                },
                "required": ["kind", "document", "expected_revision"],
                "additionalProperties": False,
            },
        },
        "change_note": {**NOTE, "description": "Why all of this changes."},
        "breaking_schema_reason": GATE_REASON,
    },
    required=("items", "change_note"),
)


class Bulk(ApiView):
    """`POST /bulk`."""

    scopes = {"POST": "entries:write"}

    @extend_schema(
        operation_id="write_many",
        summary="Write up to 500 entries, all or none",
        description="422 if anything is wrong with any of them: nothing was written then, and each of `errors` has "
        "the `index` of its item and a `path` in its document; the code is stale where somebody has changed the entry.",
        tags=["changes"],
        request=acts(BULK),
        parameters=[IDEMPOTENCY_KEY],
        responses={
            200: WrittenItems,
            **CREATING,
        },
        examples=[
            OpenApiExample(
                "One new entry, one changed",
                request_only=True,
                value={
                    "items": [
                        {
                            "kind": "builder",
                            "expected_revision": 0,
                            "document": {
                                "builder_name": "zola",
                                "display_name": "Zola",
                                "category": "static_site",
                                "backend": "zola@1",
                                "schema_version": "1.0.0",
                            },
                        },
                        {
                            "kind": "provider",
                            "expected_revision": 3,
                            "document": {
                                "provider_name": "decap",
                                "provider_type": "cms",
                                "display_name": "Decap CMS",
                                "category": "cms_tier_service",
                                "cms_type": "git_based",
                                "schema_version": "1.0.0",
                            },
                        },
                    ],
                    "change_note": "Nightly synchronisation",
                },
            )
        ],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        body = BULK.read(request)
        items = [
            Item(kind=one["kind"], document=one["document"], expected_revision=int(one["expected_revision"]))
            for one in body["items"]
        ]
        try:
            written = write_documents(items, change_of(request, body))
        except RefusedItemsError as error:
            raise UnprocessableError(str(error), errors=_listed(error)) from error
        counts = {outcome: sum(one.outcome == outcome for one in written) for outcome in OUTCOMES}
        shown = [{"key": one.key, "outcome": one.outcome, "revision": one.number} for one in written]
        return Response({**counts, "items": shown})


def _listed(error: RefusedItemsError) -> list[dict[str, Any]]:
    """The first problems of each item, and how many more it has."""
    counts: Counter[int] = Counter()
    shown = []
    for place, problem in error.problems:
        counts[place] += 1
        if counts[place] <= MAX_SHOWN:
            shown.append((place, problem))
    shown += [
        (place, Problem("", "more", f"There are {count - MAX_SHOWN:,} more problems."))
        for place, count in counts.items()
        if count > MAX_SHOWN
    ]
    return [
        {"index": place, "path": problem.path, "code": problem.code, "message": problem.message}
        for place, problem in sorted(shown, key=itemgetter(0))
    ]
