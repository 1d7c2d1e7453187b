"""`GET /services/usage`: how providers and builders fare with the services that the caller sees."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.base import ApiView
from catalog.api.openapi import problems
from catalog.api.write.common import person_of
from deployments.actions.services.figures import DAYS, Figures, find_usage


class FiguresShape(serializers.Serializer[object]):
    """One provider or builder."""

    id = serializers.CharField(help_text="Its slug.")
    name = serializers.CharField()
    services = serializers.IntegerField(help_text="How many services use it now.")
    deployments = serializers.IntegerField(help_text="Asked for in the last days, rollbacks left out.")
    succeeded = serializers.IntegerField()
    failed = serializers.IntegerField()
    successPercent = serializers.IntegerField(  # noqa: N815
        allow_null=True, help_text="Of those that succeeded or failed."
    )
    medianSeconds = serializers.FloatField(  # noqa: N815
        allow_null=True, help_text="From the start to the end of those that succeeded."
    )


class ServiceUsageShape(serializers.Serializer[object]):
    days = serializers.IntegerField()
    providers = FiguresShape(many=True)
    builders = FiguresShape(many=True)


class UsageView(ApiView):
    scopes: ClassVar[dict[str, str]] = {"GET": "services:read"}

    @extend_schema(
        operation_id="get_service_usage",
        tags=["services"],
        summary="How providers and builders fare",
        description="Services, deployments of the last days, success and time, of the services that the caller sees.",
        responses={200: ServiceUsageShape, **problems(401, 403, 429)},
    )
    def get(self, request: Request) -> Response:
        usage = find_usage(person_of(request))
        found = {"providers": usage.providers, "builders": usage.builders}
        body = {"days": DAYS, **{name: [_shown(each) for each in rows] for name, rows in found.items()}}
        return Response(body, headers={"Cache-Control": "private, no-store"})


def _shown(figures: Figures) -> dict[str, Any]:
    return {
        "id": figures.slug,
        "name": figures.name,
        "services": figures.services,
        "deployments": figures.deployments,
        "succeeded": figures.succeeded,
        "failed": figures.failed,
        "successPercent": figures.success_percent,
        "medianSeconds": figures.median_seconds,
    }
