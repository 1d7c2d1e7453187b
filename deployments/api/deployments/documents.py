"""A deployment as the API gives it: what was asked, how far it is, what it ran with, and what came of it."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from rest_framework.response import Response

from deployments.models import TERMINAL, Artifact, Deployment

NOT_KEPT = {"Cache-Control": "private, no-store"}


def show_deployment(deployment: Deployment) -> dict[str, Any]:
    """Everything but its configs. No query, if it was read with `common.RELATED_OF_DEPLOYMENT`."""
    service, by = deployment.service, deployment.requested_by
    release: Mapping[str, Any] = deployment.release
    return {
        "id": str(deployment.pk),
        "number": deployment.number,
        "serviceId": str(service.pk),
        "serviceName": service.name,
        "environment": service.environment,
        "kind": deployment.kind,
        "state": deployment.state,
        "isOver": deployment.state in TERMINAL,
        "isLive": service.active_id == deployment.pk,
        "requestedBy": by.get_username() if by else None,
        "token": deployment.token.name if deployment.token else None,
        "requestedAt": deployment.requested_at,
        "startedAt": deployment.started_at,
        "finishedAt": deployment.finished_at,
        "cancelRequestedAt": deployment.cancel_requested_at,
        "attempt": deployment.attempt,
        "usesCache": deployment.uses_cache,
        "backends": deployment.backends,
        "schemas": deployment.schemas,
        "registrySerial": deployment.registry_serial,
        "revision": deployment.revision or None,
        "connection": deployment.connection.name if deployment.connection else None,
        "artifact": _show_artifact(deployment.artifact),
        "rollbackTo": str(deployment.artifact_of_id) if deployment.artifact_of_id else None,
        "replaces": str(deployment.replaces_id) if deployment.replaces_id else None,
        "url": release.get("url") or None,
        "steps": [{"connection": None, **step} for step in deployment.steps],
        "error": _show_error(deployment),
    }


def show_whole(deployment: Deployment) -> dict[str, Any]:
    """With the configs that it ran with, in which secrets are references."""
    return {**show_deployment(deployment), "configs": deployment.configs}


def answer_accepted(deployment: Deployment) -> Response:
    """202, with the address that says how far it is."""
    headers = {"Location": reverse("services:deployment", kwargs={"id": deployment.pk}), **NOT_KEPT}
    return Response(show_whole(deployment), status=202, headers=headers)


def _show_artifact(artifact: Artifact | None) -> dict[str, Any] | None:
    if artifact is None:
        return None
    return {
        "digest": artifact.digest,
        "kind": artifact.kind,
        "sizeBytes": artifact.size_bytes,
        "files": artifact.files,
        "isKept": artifact.collected_at is None,
    }


def _show_error(deployment: Deployment) -> dict[str, str] | None:
    if not deployment.error_kind:
        return None
    return {
        "kind": deployment.error_kind,
        "message": deployment.error_message,
        "hint": deployment.error_hint,
    }
