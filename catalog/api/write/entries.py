"""Create an entry, replace its document, or patch it. Readers see nothing of it before it is approved and published."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.documents import Written, create_document, patch_document, replace_document
from catalog.actions.errors import RefusedError
from catalog.api.parsing import MergePatchParser, StrictJsonParser
from catalog.api.write.bodies import DOCUMENT, GATE_REASON, NOTE, Body
from catalog.api.write.common import WorkingView, answer_working, change_of, refuse_without
from catalog.api.write.documentation import CHANGING, CREATING, IDEMPOTENCY_KEY, IF_MATCH, acts
from catalog.api.write.idempotency import idempotent
from catalog.api.write.preconditions import expected_revision
from catalog.api.write.shapes import WorkingCopy
from catalog.models import CatalogEntry, find_entry

WRITE = Body(
    {"document": DOCUMENT, "change_note": NOTE, "breaking_schema_reason": GATE_REASON},
    required=("document", "change_note"),
)
PATCH = Body(
    {
        "document": {
            "type": "object",
            "description": "A JSON Merge Patch (RFC 7396) of the newest document: null takes a member out, lists are "
            "replaced whole.",
        },
        "change_note": NOTE,
        "breaking_schema_reason": GATE_REASON,
    },
    required=("document", "change_note"),
)
PATCH_TYPES = (StrictJsonParser.media_type, MergePatchParser.media_type)
NEW_DOCUMENTS: dict[str, dict[str, Any]] = {
    "provider": {
        "provider_name": "decap",
        "provider_type": "cms",
        "display_name": "Decap CMS",
        "category": "cms_tier_service",
        "cms_type": "git_based",
    },
    "builder": {"builder_name": "zola", "display_name": "Zola", "category": "static_site", "backend": "zola@1"},
    "stack": {"stack_name": "blog", "display_name": "Blog", "category": "foundation"},
}
NEW_ENTRIES = {
    kind: OpenApiExample(
        f"A new {kind}",
        request_only=True,
        value={"document": {**document, "schema_version": "1.0.0"}, "change_note": "Customers ask for it"},
    )
    for kind, document in NEW_DOCUMENTS.items()
}
OTHER_NAMES = {
    kind: OpenApiExample(
        "Another name",
        request_only=True,
        value={"document": {"display_name": f"{document['display_name']} 2"}, "change_note": "They renamed it"},
    )
    for kind, document in NEW_DOCUMENTS.items()
}


class CreateEntry(WorkingView):
    """`POST` of a list: the first draft of a new entry."""

    scopes = {"POST": "entries:write"}
    examples = {"post": NEW_ENTRIES}

    @extend_schema(
        request=acts(WRITE),
        parameters=[IDEMPOTENCY_KEY],
        responses={201: OpenApiResponse(WorkingCopy, description="The draft; Location and ETag are its."), **CREATING},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        refuse_without(request, f"add_{self.kind}", deed=f"add {self.kind}s")
        body = WRITE.read(request)
        written = create_document(self.kind, body["document"], change_of(request, body))
        return _answer(written, status=201)


class ChangeEntry(WorkingView):
    """`PUT` and `PATCH` of one entry: a new draft revision, if anything differs."""

    scopes = {"PUT": "entries:write", "PATCH": "entries:write"}
    examples = {"put": NEW_ENTRIES, "patch": OTHER_NAMES}
    parser_classes = (StrictJsonParser, MergePatchParser)

    @extend_schema(
        request=acts(WRITE),
        parameters=[IF_MATCH],
        responses={200: OpenApiResponse(WorkingCopy, description="The draft, with its new ETag."), **CHANGING},
    )
    def put(self, request: Request, name: str) -> Response:
        entry, number, body = self._read(request, name, WRITE)
        change = change_of(request, body)
        return _answer(replace_document(entry, body["document"], change, expected_revision=number))

    @extend_schema(
        request=acts(PATCH, media_types=PATCH_TYPES),
        parameters=[IF_MATCH],
        responses={200: OpenApiResponse(WorkingCopy, description="The draft, with its new ETag."), **CHANGING},
    )
    def patch(self, request: Request, name: str) -> Response:
        entry, number, body = self._read(request, name, PATCH)
        change = change_of(request, body)
        return _answer(patch_document(entry, body["document"], change, expected_revision=number))

    def _read(self, request: Request, name: str, shape: Body) -> tuple[CatalogEntry, int, dict[str, Any]]:
        entry = self.find_to_change(request, name)
        return entry, expected_revision(request), shape.read(request)


def _answer(written: Written, *, status: int = 200) -> Response:
    entry = find_entry(written.key)
    if entry is None:
        raise RefusedError(f"{written.key} was not saved.")
    return answer_working(entry, outcome=written.outcome, status=status)
