"""What is live: the database says it first, in one transaction with the lease, and the target follows.

Whoever dies in between leaves `Service.active` for the next attempt, or a sweep, to activate again. Reference:
deployments.md, A.2.
"""

import uuid

from django.db import transaction

from deployments.models import Deployment, DeploymentState, Service
from deployments.runner.claims import record


def take_over(deployment: Deployment, lease: uuid.UUID) -> None:
    """Make this deployment the service's active one; what was active is kept in `replaces`. Raises LostLeaseError."""
    with transaction.atomic():
        service = Service.objects.select_for_update().get(pk=deployment.service_id)
        if service.active_id == deployment.pk:
            return
        record(deployment.pk, lease, replaces_id=service.active_id)
        service.active_id = deployment.pk
        service.save(update_fields=["active"])


def give_back(deployment: Deployment, lease: uuid.UUID) -> Deployment | None:
    """Undo `take_over` after the target refused: what was active before is again, and is the answer."""
    with transaction.atomic():
        service = Service.objects.select_for_update().get(pk=deployment.service_id)
        current = Deployment.objects.select_related("replaces").get(pk=deployment.pk)
        record(deployment.pk, lease, state=DeploymentState.DEPLOYING)
        service.active = current.replaces
        service.save(update_fields=["active"])
        return current.replaces
