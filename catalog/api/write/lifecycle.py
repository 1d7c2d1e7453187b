"""Deprecate, disable or remove an entry, and bring it back: a new draft, published like any other change."""

from datetime import date

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.errors import RefusedFieldError
from catalog.actions.lifecycle import change_lifecycle
from catalog.api.write.bodies import KEY, NOTE, Body
from catalog.api.write.common import WorkingView, answer_working, person_of
from catalog.api.write.documentation import CHANGING, IDEMPOTENCY_KEY, IF_MATCH, acts
from catalog.api.write.idempotency import idempotent
from catalog.api.write.preconditions import expected_revision
from catalog.api.write.shapes import WorkingCopy
from catalog.models.choices import Lifecycle
from catalog.models.history import RevisionSource

LIFECYCLE = Body(
    {
        "state": {"enum": Lifecycle.values, "description": "active takes neither since, reason nor replacement."},
        "since": {"type": "string", "format": "date", "description": "Today if it is left out."},
        "reason": {"type": "string", "maxLength": 500, "description": "Why, for the people who use it."},
        "replacement": KEY,
        "change_note": {**NOTE, "description": "The reason stands in for it; needed to go back to active."},
    },
    required=("state",),
)


class ChangeLifecycle(WorkingView):
    """`POST .../lifecycle`."""

    scopes = {"POST": "entries:write"}

    @extend_schema(
        request=acts(LIFECYCLE),
        parameters=[IF_MATCH, IDEMPOTENCY_KEY],
        responses={200: OpenApiResponse(WorkingCopy, description="The draft, with its new ETag."), **CHANGING},
        examples=[
            OpenApiExample(
                "Deprecate it",
                request_only=True,
                value={"state": "deprecated", "reason": "No longer developed", "replacement": "providers/cms/sanity"},
            ),
            OpenApiExample(
                "Bring it back", request_only=True, value={"state": "active", "change_note": "It goes on after all"}
            ),
        ],
    )
    @idempotent
    def post(self, request: Request, name: str) -> Response:
        entry = self.find_to_change(request, name)
        number, body = expected_revision(request), LIFECYCLE.read(request)
        try:
            revision = change_lifecycle(
                entry,
                state=body["state"],
                by=person_of(request),
                expected_revision=number,
                reason=body.get("reason", ""),
                since=date.fromisoformat(body["since"]) if "since" in body else None,
                replacement=body.get("replacement", ""),
                note=body.get("change_note", ""),
                source=RevisionSource.API,
            )
        except RefusedFieldError as error:
            member = "change_note" if error.field == "note" else error.field
            raise RefusedFieldError(str(error), field=member) from error
        return answer_working(entry, outcome="changed" if revision else "unchanged")
