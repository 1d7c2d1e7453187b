"""`GET /targets` and `GET /targets/{id}/schema`: what services can be deployed to, and what each wants to know."""

import json
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.base import ApiView
from catalog.api.read.answers import NOT_KEPT, Freshness, answer_with, etag_of
from catalog.api.read.parameters import refuse_parameters, shown
from catalog.schemas.hints import with_hints
from catalog.schemas.rules import schema_problems
from deployments.api.targets import shapes
from deployments.api.targets.ids import id_of, spec_of
from deployments.backends import BackendMissingError
from deployments.contract import BackendInfo
from deployments.targets import TARGETS, get_target


class TargetList(ApiView):
    """Those that can be used."""

    scopes: ClassVar[dict[str, str]] = {"GET": "services:read"}

    @extend_schema(**shapes.LIST)
    def get(self, request: Request) -> Response:
        refuse_parameters(request)
        usable = [_show(listing.info) for listing in TARGETS.listings() if listing.info]
        return Response(usable, headers={"Cache-Control": NOT_KEPT})


class TargetSchema(ApiView):
    """The config schema of one, with hints for forms."""

    scopes: ClassVar[dict[str, str]] = {"GET": "services:read"}

    @extend_schema(**shapes.SCHEMA)
    def get(self, request: Request, id: str) -> HttpResponse:  # noqa: A002 - the name in the address
        refuse_parameters(request)
        try:
            told = get_target(spec_of(id)).info
        except BackendMissingError as error:
            raise NotFound(f"There is no target {shown(id)} that can be used.") from error
        # A package may bring a schema that nothing can be read from; every config is invalid by it.
        schema = told.schema if schema_problems(told.schema) else with_hints(told.schema, title=told.name)
        content = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
        freshness = Freshness(etag_of(content), cache=NOT_KEPT)
        return answer_with(request, content, freshness=freshness, content_type="application/schema+json")


def _show(told: BackendInfo) -> dict[str, Any]:
    return {
        "id": id_of(told.spec),
        "backend": told.spec,
        "version": told.version,
        "name": told.name,
        "description": told.summary,
        "icon": told.icon,
        "category": told.category,
        "accepts": sorted(get_target(told.spec).accepts),
    }
