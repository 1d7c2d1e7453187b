"""`GET/POST /services` and `GET/PATCH/DELETE /services/{id}`."""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.revisions import Change
from catalog.api.parsing import MergePatchParser, StrictJsonParser
from catalog.api.read.parameters import Query, read_query, refuse_parameters
from catalog.api.write.common import person_of
from catalog.api.write.idempotency import idempotent
from catalog.api.write.preconditions import expected_revision
from catalog.documents.merging import merge_patch
from catalog.models import Builder, Provider
from catalog.models.choices import ProviderType
from catalog.models.history import RevisionSource
from deployments.actions.errors import StaleEntryError
from deployments.actions.services.saving import change_service, create_service, remove_service
from deployments.actions.services.teams import ADD, CHANGE, refuse_without
from deployments.api.common import ServiceView, find_service, services_for
from deployments.api.paging import answer_page, read_page, read_text
from deployments.api.services import shapes
from deployments.api.services.bodies import CREATE, PATCH, WITH_REST
from deployments.api.services.documents import answer_service, members_of, number_of, show_service
from deployments.api.services.reading import read_draft
from deployments.models import Service

# Parameter -> column.
FILTERS = {
    "name": "name",
    "environment": "environment",
    "team": "team__name",
    "providerId": "provider__slug",
    "builderId": "builder__slug",
}


class ServiceList(ServiceView):
    """Those of the caller's teams, and a new one."""

    scopes: ClassVar[dict[str, str]] = {"GET": "services:read", "POST": "services:write"}

    @extend_schema(**shapes.LIST)
    def get(self, request: Request) -> Response:
        query = read_query(request, (*FILTERS, "cursor", "limit"))
        rows = services_for(request).filter(**read_filters(query))
        page, cursor = read_page(query, rows, by="created_at", path=request.path)
        return answer_page(request, [show_service(service) for service in page], cursor)

    @extend_schema(**shapes.MAKE)
    @idempotent
    def post(self, request: Request) -> Response:
        person = person_of(request)
        refuse_without(person, ADD, deed="make services")
        refuse_parameters(request)
        body = CREATE.read(request)
        secrets = body.get("secrets", {})
        draft = read_draft(members_in(body), person=person, secrets=secrets)
        service = create_service(draft, change_of(request, body, note="Made through the API"), secrets=secrets)
        return answer_service(service, status=201, location=reverse("services:service", kwargs={"id": service.pk}))


class OneService(ServiceView):
    """As it is now, changed, or removed."""

    scopes: ClassVar[dict[str, str]] = {
        "GET": "services:read", "PATCH": "services:write", "DELETE": "services:write",
    }  # fmt: skip
    parser_classes = (StrictJsonParser, MergePatchParser)

    @extend_schema(**shapes.GET)
    def get(self, request: Request, id: uuid.UUID) -> Response:  # noqa: A002 - the name in the address
        refuse_parameters(request)
        return answer_service(find_service(request, id))

    @extend_schema(**shapes.CHANGE)
    def patch(self, request: Request, id: uuid.UUID) -> Response:  # noqa: A002
        person = person_of(request)
        refuse_without(person, CHANGE, deed="change services")
        refuse_parameters(request)
        service, number = find_service(request, id), expected_revision(request)
        body = PATCH.read(request)
        refuse_stale(service, number)
        secrets = body.get("secrets", {})
        draft = read_draft(patched(service, body), person=person, service=service, secrets=secrets)
        change = change_of(request, body, note=f"Changed {', '.join(sorted(members_in(body)))}")
        change_service(service, draft, change, expected_revision=number, secrets=secrets)
        return answer_service(find_service(request, id))

    @extend_schema(**shapes.REMOVE)
    def delete(self, request: Request, id: uuid.UUID) -> Response:  # noqa: A002
        query = read_query(request, ("reason",))
        reason = read_text(query, "reason") or "Removed through the API"
        query.check()
        service = find_service(request, id)
        number = expected_revision(request) if "If-Match" in request.headers else None
        remove_service(service, by=person_of(request), reason=reason, expected_revision=number)
        return Response(status=204)


def read_filters(query: Query) -> dict[str, str]:
    """The columns that are asked for."""
    return {column: read_text(query, name) for name, column in FILTERS.items() if name in query.values}


def members_in(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a body says of the service itself."""
    return {name: value for name, value in body.items() if name not in WITH_REST}


def patched(service: Service, body: Mapping[str, Any]) -> dict[str, Any]:
    """The members of the service with those of a merge patch; without a team it is nobody's, not one's own.

    With another backend a config begins empty: what the one before was told means nothing to it.
    """
    begun = {**members_of(service), **{member: {} for member in _exchanged(service, body)}}
    merged: dict[str, Any] = merge_patch(begun, members_in(body))
    return {"team": None, **merged}


def _exchanged(service: Service, body: Mapping[str, Any]) -> Iterator[str]:
    """The configs whose backend is another one with the patch, whatever its major. Two queries at most."""
    provider, builder, target = (body.get(name) for name in ("providerId", "builderId", "targetId"))
    if isinstance(provider, str) and provider != service.provider.slug:
        rows = Provider.objects.filter(provider_type=ProviderType.SOURCE, slug=provider)
        if _is_other(service.source_backend, rows.values_list("backend", flat=True).first()):
            yield "providerConfig"
    if isinstance(builder, str) and builder != service.builder.slug:
        rows_of_builders = Builder.objects.filter(slug=builder)
        if _is_other(service.build_backend, rows_of_builders.values_list("backend", flat=True).first()):
            yield "builderConfig"
    if isinstance(target, str) and _is_other(service.target_backend, target):
        yield "targetConfig"


def _is_other(before: str, now: str | None) -> bool:
    return now is not None and before.partition("@")[0] != now.partition("@")[0]


def refuse_stale(service: Service, number: int) -> None:
    """Raises StaleEntryError: a patch of what the writer has not seen would be more than they asked for."""
    if number != number_of(service):
        raise StaleEntryError(str(service), expected=number, found=number_of(service))


def change_of(request: Request, body: Mapping[str, Any], *, note: str) -> Change:
    """Who changes it, and why: `changeNote`, else `note`."""
    return Change(by=person_of(request), note=body.get("changeNote", note), source=RevisionSource.API)
