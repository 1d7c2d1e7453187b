"""A service as the API gives it; its members that are written are those of `reading`, by the same names."""

from collections.abc import Mapping
from typing import Any

from rest_framework.response import Response

from catalog.api.problems import revision_etag
from deployments.api.targets.ids import id_of
from deployments.models import Service


def members_of(service: Service) -> dict[str, Any]:
    """What of it can be changed: what a merge patch is applied to."""
    return {
        "name": service.name,
        "environment": service.environment,
        "team": service.team.name if service.team else None,
        "providerId": service.provider.slug,
        "builderId": service.builder.slug,
        "stackId": service.stack.key.partition("/")[2] if service.stack else None,
        "targetId": id_of(service.target_backend),
        "providerConfig": service.source_config,
        "builderConfig": service.build_config,
        "targetConfig": service.target_config,
        "routing": service.routing,
    }


def show_service(service: Service) -> dict[str, Any]:
    """Everything of it but its secrets. No query, if it was read with `common.RELATED`."""
    latest, active, by = service.latest_revision, service.active, service.created_by
    release: Mapping[str, Any] = active.release if active else {}
    return {
        "id": str(service.pk),
        **members_of(service),
        "providerBackend": service.source_backend,
        "builderBackend": service.build_backend,
        "targetBackend": service.target_backend,
        "isPinned": service.is_pinned,
        "activeDeploymentId": str(active.pk) if active else None,
        "url": release.get("url") or None,
        "revision": number_of(service),
        "createdBy": by.get_username() if by else None,
        "createdAt": service.created_at,
        "changedAt": latest.created_at if latest else service.created_at,
    }


def number_of(service: Service) -> int:
    """Of its newest revision; 0 for none."""
    return service.latest_revision.number if service.latest_revision else 0


def answer_service(service: Service, *, status: int = 200, location: str = "") -> Response:
    """The service, with its ETag and, if it is new, its address."""
    headers = {"ETag": revision_etag(number_of(service)), "Cache-Control": "private, no-store"}
    headers |= {"Location": location} if location else {}
    return Response(show_service(service), status=status, headers=headers)
