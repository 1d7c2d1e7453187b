"""`GET /status`: which serial is where, and what somebody should look at."""

from typing import Any, ClassVar

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.base import PUBLIC, ApiView, holds_scope
from catalog.api.openapi import ANYBODY, problems
from catalog.api.operations.figures import read_figures
from catalog.api.read.parameters import refuse_parameters
from catalog.publishing.status import publishing_warnings
from catalog.search.configured import INDEXES

EXAMPLE = {
    "database_serial": 12,
    "live_serial": 12,
    "public_serial": 12,
    "index": "database",
    "index_serial": 12,
    "index_lag_seconds": 0.0,
    "lag_seconds": 0.0,
    "pending_publishes": 0,
    "pending_invalidations": 0,
    "pointer_expires_at": "2026-12-01T12:00:00Z",
    "worker_heard_at": "2026-11-24T12:00:00Z",
    "worker_silent_seconds": 4.2,
    "warnings": [],
}


class StatusShape(serializers.Serializer[object]):
    """How the registry fares. A serial is null while there is none."""

    database_serial = serializers.IntegerField(allow_null=True, help_text="The newest that a publish was given.")
    live_serial = serializers.IntegerField(allow_null=True, help_text="The one that is published.")
    public_serial = serializers.IntegerField(
        allow_null=True, help_text="The newest that was seen where readers look; null without a public address."
    )
    index = serializers.ChoiceField(choices=list(INDEXES), help_text="What answers searches.")
    index_serial = serializers.IntegerField(allow_null=True, help_text="The one that searches are answered from.")
    index_lag_seconds = serializers.FloatField(help_text="For how long searches have missed the live serial.")
    lag_seconds = serializers.FloatField(help_text="For how long readers have not seen the live serial.")
    pending_publishes = serializers.IntegerField(help_text="How many wait or run.")
    pending_invalidations = serializers.IntegerField(help_text="How many the CDN has not carried out.")
    pointer_expires_at = serializers.DateTimeField(allow_null=True, help_text="Until when readers trust the pointer.")
    worker_heard_at = serializers.DateTimeField(allow_null=True)
    worker_silent_seconds = serializers.FloatField(allow_null=True)
    warnings = serializers.ListField(
        child=serializers.CharField(), help_text="What somebody should look at; only with entries:read."
    )


class StatusView(ApiView):
    scopes: ClassVar[dict[str, str]] = {"GET": PUBLIC}

    @extend_schema(
        operation_id="get_status",
        summary="Which serial is where, and what waits",
        tags=["operations"],
        auth=ANYBODY,
        responses={200: StatusShape, **problems(400, 401, 403, 429)},
        examples=[OpenApiExample("All is well", response_only=True, value=EXAMPLE)],
    )
    def get(self, request: Request) -> Response:
        refuse_parameters(request)
        figures = read_figures()
        body: dict[str, Any] = {
            "database_serial": figures.database_serial,
            "live_serial": figures.live_serial,
            "public_serial": figures.public_serial,
            "index": settings.REGISTRY_SEARCH,
            "index_serial": figures.index_serial,
            "index_lag_seconds": figures.index_lag_seconds or 0.0,
            "lag_seconds": figures.lag_seconds if settings.REGISTRY_PUBLIC_URL else 0.0,
            "pending_publishes": figures.waiting + figures.publishing,
            "pending_invalidations": figures.invalidations,
            "pointer_expires_at": figures.pointer_expires_at,
            "worker_heard_at": figures.worker_heard_at,
            "worker_silent_seconds": figures.worker_seconds,
            # They name addresses and failures, which are nobody else's business.
            "warnings": publishing_warnings() if holds_scope(request, "entries:read") else [],
        }
        return Response(body, headers={"Cache-Control": "no-store"})
