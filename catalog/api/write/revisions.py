"""The past of an entry: its revisions, what differs between two of them, and bringing one back as a new draft."""

import re
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.restore import plan_restore, restore_revision
from catalog.api.addresses import MAX_SMALL
from catalog.api.problems import revision_etag
from catalog.api.read.paging import link_next
from catalog.api.read.parameters import Query, read_query, refuse_parameters, shown
from catalog.api.read.shapes import LIMIT
from catalog.api.write.bodies import GATE_REASON, NOTE, NUMBER, Body
from catalog.api.write.common import WorkingView, answer_working, person_of
from catalog.api.write.documentation import CHANGING, IDEMPOTENCY_KEY, IF_MATCH, LOOKING, acts
from catalog.api.write.idempotency import idempotent
from catalog.api.write.preconditions import expected_revision
from catalog.api.write.shapes import DiffShape, RestoredCopy, RevisionShape, RevisionWithDocument
from catalog.documents.diff import Difference, diff_documents
from catalog.models import CatalogEntry, Revision

RESTORE = Body(
    {"number": NUMBER, "change_note": NOTE, "breaking_schema_reason": GATE_REASON}, required=("number", "change_note")
)
NUMERIC = re.compile("[0-9]{1,9}")
SIDES = ("latest", "approved", "live")
SIDE = {"type": "string", "pattern": f"^([0-9]{{1,9}}|{'|'.join(SIDES)})$"}
NUMBERED = OpenApiParameter(
    "number", {**NUMBER, "maximum": MAX_SMALL}, OpenApiParameter.PATH, description="Of the revision."
)
REVISION = {
    "number": 3,
    "sha256": "5f2a7c0e9d41b86375c2e1f0a4d8b396c7e5f1d20a3b4c6d8e9f00112233aabb",
    "size_bytes": 312,
    "schema_version": "1.0.0",
    "lifecycle": "active",
    "author": "editor",
    "change_note": "New price list",
    "source": "api",
    "request_id": "1c9d6e8f",
    "created_at": "2026-11-24T12:00:00Z",
    "states": ["latest", "approved"],
    "decisions": [{"decision": "approved", "by": "publisher", "at": "2026-11-24T13:00:00Z", "comment": ""}],
}
NOTHING: Mapping[str, Any] = {}


class ListRevisions(WorkingView):
    """`GET .../revisions`: newest first."""

    scopes = {"GET": "entries:read"}

    @extend_schema(
        parameters=[
            LIMIT,
            OpenApiParameter(
                "cursor",
                {"type": "integer", "minimum": 0, "maximum": MAX_SMALL},
                description="From the Link header of the page before.",
            ),
        ],
        responses={
            200: OpenApiResponse(RevisionShape(many=True), description='Link rel="next" leads to older ones.'),
            **LOOKING,
        },
        examples=[OpenApiExample("One revision", response_only=True, status_codes=["200"], value=[REVISION])],
    )
    def get(self, request: Request, name: str) -> Response:
        query = read_query(request, ("limit", "cursor"))
        limit, before = query.limit(), _cursor(query)
        query.check()
        entry = self.find(request, name)
        older = _revisions(entry).defer("canonical").filter(number__lt=before)
        found = list(older.order_by("-number")[: limit + 1])
        page = found[:limit]
        answer = Response([_shown(entry, revision) for revision in page])
        if len(found) > limit:
            answer["Link"] = link_next(request, str(page[-1].number))
        return answer


class OneRevision(WorkingView):
    """`GET .../revisions/{number}`: with its document."""

    scopes = {"GET": "entries:read"}

    @extend_schema(
        parameters=[NUMBERED],
        responses={200: RevisionWithDocument, **LOOKING},
        examples=[
            OpenApiExample(
                "A revision",
                response_only=True,
                status_codes=["200"],
                value={**REVISION, "document": {"builder_name": "hugo"}},
            )
        ],
    )
    def get(self, request: Request, name: str, number: int) -> Response:
        refuse_parameters(request)
        entry = self.find(request, name)
        revision = _numbered(entry, number)
        shown = {**_shown(entry, revision), "document": revision.document}
        return Response(shown, headers={"ETag": revision_etag(number)})


class CompareRevisions(WorkingView):
    """`GET .../diff?from=&to=`: member by member."""

    scopes = {"GET": "entries:read"}

    @extend_schema(
        parameters=[
            OpenApiParameter("from", {**SIDE, "default": "live"}, description="A number, live, approved or latest."),
            OpenApiParameter("to", {**SIDE, "default": "latest"}, description="A number, live, approved or latest."),
        ],
        responses={200: DiffShape, **LOOKING},
        examples=[
            OpenApiExample(
                "Another cost",
                response_only=True,
                status_codes=["200"],
                value={
                    "from": 2,
                    "key": "providers/cms/sanity",
                    "to": 3,
                    "differences": [{"path": "/monthly_cost_range", "before": [65, 280], "after": [70, 300]}],
                },
            )
        ],
    )
    def get(self, request: Request, name: str) -> Response:
        query = read_query(request, ("from", "to"))
        sides = _side(query, "from", default="live"), _side(query, "to", default="latest")
        query.check()
        entry = self.find(request, name)
        before, after = (_meant(entry, side) for side in sides)
        differences = diff_documents(_document(before), _document(after))
        numbers = {"from": before.number if before else None, "to": after.number if after else None}
        return Response({"key": entry.key, **numbers, "differences": list(map(shown_difference, differences))})


class RestoreRevision(WorkingView):
    """`POST .../restore`: what an earlier revision said, as a new draft; what cannot come back is listed."""

    scopes = {"POST": "entries:write"}

    @extend_schema(
        request=acts(RESTORE),
        parameters=[IF_MATCH, IDEMPOTENCY_KEY],
        responses={200: OpenApiResponse(RestoredCopy, description="The draft, with its new ETag."), **CHANGING},
        examples=[
            OpenApiExample(
                "Go back", request_only=True, value={"number": 2, "change_note": "The new price list was wrong"}
            )
        ],
    )
    @idempotent
    def post(self, request: Request, name: str) -> Response:
        entry = self.find_to_change(request, name)
        expected, body, person = expected_revision(request), RESTORE.read(request), person_of(request)
        number = int(body["number"])
        _numbered(entry, number)
        may_change_schema = person.has_perm("catalog.change_config_schema")
        plan = plan_restore(entry, number=number, may_change_schema=may_change_schema)
        restore_revision(
            entry,
            number=number,
            by=person,
            note=body["change_note"],
            expected_revision=expected,
            expected_sha256=plan.sha256,
            breaking_schema_reason=body.get("breaking_schema_reason", ""),
        )
        left_out = [{"path": part.path, "why": part.why} for part in plan.left_out]
        return answer_working(entry, outcome="changed", left_out=left_out)


def shown_difference(difference: Difference) -> dict[str, Any]:
    """A difference as answers have it."""
    return {"path": difference.path, "before": difference.before, "after": difference.after}


def _revisions(entry: CatalogEntry) -> Any:
    revisions = Revision.objects.filter(entry_key=entry.key).select_related("author")
    return revisions.prefetch_related("approvals__decided_by")


def _numbered(entry: CatalogEntry, number: int) -> Revision:
    revision: Revision | None = _revisions(entry).filter(number=number).first()
    if revision is None:
        raise NotFound(f"{entry.key} has no revision {number}.")
    return revision


def _cursor(query: Query) -> int:
    """The number that a page ended with; more than any for the first page."""
    text = query.values.get("cursor", str(MAX_SMALL))
    if not NUMERIC.fullmatch(text):
        query.refuse("cursor", "cursor", "This is no cursor of this list; take the address in the header Link.")
        return MAX_SMALL
    return int(text)


def _side(query: Query, name: str, *, default: str) -> str:
    text = query.values.get(name, default)
    if text not in SIDES and not NUMERIC.fullmatch(text):
        query.refuse(name, "choice", f"{shown(text)} is no number, and none of {', '.join(SIDES)}.")
    return text


def _meant(entry: CatalogEntry, side: str) -> Revision | None:
    """The revision that is meant; None for the live or approved one of what has none."""
    if side not in SIDES:
        return _numbered(entry, int(side))
    found: Revision | None = getattr(entry, f"{side}_revision")
    return found


def _document(revision: Revision | None) -> Mapping[str, Any]:
    return revision.document if revision else NOTHING


def _shown(entry: CatalogEntry, revision: Revision) -> dict[str, Any]:
    return {
        "number": revision.number,
        "sha256": revision.sha256,
        "size_bytes": revision.size_bytes,
        "schema_version": revision.schema_version,
        "lifecycle": revision.lifecycle,
        "author": revision.author.get_username() if revision.author else None,
        "change_note": revision.change_note,
        "source": revision.source,
        "request_id": revision.request_id,
        "created_at": revision.created_at,
        "states": [side for side in SIDES if getattr(entry, f"{side}_revision_id") == revision.pk],
        "decisions": [
            {
                "decision": approval.decision,
                "by": approval.decided_by.get_username() if approval.decided_by else None,
                "at": approval.decided_at,
                "comment": approval.comment,
            }
            for approval in revision.approvals.all()
        ],
    }
