"""What is live: the database says it first, in one transaction with the lease, and the target follows.

A deployment that is the service's `active` and still runs is committed: it is neither cancelled nor superseded nor
queued again, an attempt finishes it. One that is `active` and ended without success is settled by a sweep (`settling`).
Reference: ADR 13; deployments.md, A.2.
"""

import uuid

from django.db import transaction

from deployments.models import Deployment, DeploymentState, Service
from deployments.runner.claims import CancelledError, is_cancelled, record


def take_over(deployment: Deployment, lease: uuid.UUID) -> None:
    """Make this deployment the service's active one; what was live is kept in `replaces`.

    Raises LostLeaseError, and CancelledError: whoever cancels holds the service's row, so either this or that is first.
    """
    with transaction.atomic():
        service = Service.objects.select_for_update().get(pk=deployment.service_id)
        if service.active_id == deployment.pk:
            return
        if is_cancelled(deployment.pk, lease):
            raise CancelledError
        record(deployment.pk, lease, replaces=last_live(service))
        service.active_id = deployment.pk
        service.save(update_fields=["active"])


def give_back(deployment: Deployment, lease: uuid.UUID) -> None:
    """Undo `take_over` after the target refused: what was live before is active again. Raises LostLeaseError."""
    with transaction.atomic():
        service = Service.objects.select_for_update().get(pk=deployment.service_id)
        record(deployment.pk, lease, state=DeploymentState.DEPLOYING)
        service.active = Deployment.objects.select_related("replaces").get(pk=deployment.pk).replaces
        service.save(update_fields=["active"])


def last_live(service: Service) -> Deployment | None:
    """What succeeded last and can be brought back: one runs after another, so it has the highest number."""
    succeeded = service.deployments.filter(state=DeploymentState.SUCCEEDED)
    # A row without an artifact has no time at which it was collected, either.
    succeeded = succeeded.filter(artifact__isnull=False, artifact__collected_at=None)
    return succeeded.exclude(release={}).order_by("-number").first()
