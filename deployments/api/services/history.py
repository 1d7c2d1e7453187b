"""The past of a service: its revisions, what differs between two of them, and bringing one back."""

import uuid
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.addresses import MAX_SMALL
from catalog.api.problems import revision_etag
from catalog.api.read.parameters import read_query, refuse_parameters
from catalog.api.write.common import person_of
from catalog.api.write.idempotency import idempotent
from catalog.api.write.preconditions import expected_revision
from catalog.api.write.revisions import shown_difference
from catalog.documents.diff import diff_documents
from catalog.models import Revision
from catalog.models.history import RevisionSource
from deployments.actions.services.restoring import restore_service
from deployments.actions.services.teams import CHANGE, refuse_without
from deployments.api.common import ServiceView, find_service
from deployments.api.paging import answer_page
from deployments.api.services import past_shapes
from deployments.api.services.bodies import RESTORE
from deployments.api.services.documents import answer_service, number_of
from deployments.models import Service


class ListRevisions(ServiceView):
    """Newest first."""

    scopes: ClassVar[dict[str, str]] = {"GET": "services:read"}

    @extend_schema(**past_shapes.LIST_REVISIONS)
    def get(self, request: Request, id: uuid.UUID) -> Response:  # noqa: A002 - the name in the address
        query = read_query(request, ("limit", "cursor"))
        limit, before = query.limit(), query.number("cursor", default=MAX_SMALL, least=1, most=MAX_SMALL)
        query.check()
        service = find_service(request, id)
        found = list(_revisions(service).defer("canonical").filter(number__lt=before)[: limit + 1])
        page = found[:limit]
        cursor = str(page[-1].number) if len(found) > limit else None
        return answer_page(request, [_show(service, revision) for revision in page], cursor)


class OneRevision(ServiceView):
    """With its document."""

    scopes: ClassVar[dict[str, str]] = {"GET": "services:read"}

    @extend_schema(**past_shapes.GET_REVISION)
    def get(self, request: Request, id: uuid.UUID, number: int) -> Response:  # noqa: A002
        refuse_parameters(request)
        service = find_service(request, id)
        revision = _numbered(service, number)
        shown = {**_show(service, revision), "document": revision.document}
        return Response(shown, headers={"ETag": revision_etag(number), "Cache-Control": "private, no-store"})


class CompareRevisions(ServiceView):
    """Member by member."""

    scopes: ClassVar[dict[str, str]] = {"GET": "services:read"}

    @extend_schema(**past_shapes.COMPARE)
    def get(self, request: Request, id: uuid.UUID) -> Response:  # noqa: A002
        query = read_query(request, ("from", "to"))
        service = find_service(request, id)
        later = query.number("to", default=max(number_of(service), 1), least=1, most=MAX_SMALL)
        earlier = query.number("from", default=max(later - 1, 0), least=0, most=MAX_SMALL)
        query.check()
        after = _numbered(service, later).document
        before = _numbered(service, earlier).document if earlier else {}
        differences = [shown_difference(each) for each in diff_documents(before, after)]
        shown = {"from": earlier or None, "to": later, "differences": differences}
        return Response(shown, headers={"Cache-Control": "private, no-store"})


class RestoreRevision(ServiceView):
    """What the service was, as a new revision."""

    scopes: ClassVar[dict[str, str]] = {"POST": "services:write"}

    @extend_schema(**past_shapes.RESTORE_REVISION)
    @idempotent
    def post(self, request: Request, id: uuid.UUID) -> Response:  # noqa: A002
        person = person_of(request)
        refuse_without(person, CHANGE, deed="change services")
        refuse_parameters(request)
        service, expected = find_service(request, id), expected_revision(request)
        body = RESTORE.read(request)
        number = int(body["number"])
        note = body.get("changeNote", f"Brought back revision {number}")
        restore_service(
            service, number=number, by=person, note=note, source=RevisionSource.RESTORE, expected_revision=expected
        )
        return answer_service(find_service(request, id))


def _revisions(service: Service) -> QuerySet[Revision]:
    return Revision.objects.filter(entry_key=service.key).select_related("author").order_by("-number")


def _numbered(service: Service, number: int) -> Revision:
    revision = _revisions(service).filter(number=number).first()
    if revision is None:
        raise NotFound(f"The service has no revision {number}.")
    return revision


def _show(service: Service, revision: Revision) -> dict[str, Any]:
    return {
        "number": revision.number,
        "sha256": revision.sha256,
        "sizeBytes": revision.size_bytes,
        "author": revision.author.get_username() if revision.author else None,
        "changeNote": revision.change_note,
        "source": revision.source,
        "requestId": revision.request_id,
        "createdAt": revision.created_at,
        "isLatest": revision.pk == service.latest_revision_id,
    }
