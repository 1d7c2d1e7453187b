"""How a deployment begins: as a row that waits."""

from datetime import timedelta

from django.db.models import Max
from django.utils import timezone

from deployments.models import Deployment, DeploymentKind, Service


def add_deployment(
    service: Service, *, kind: DeploymentKind, after: timedelta = timedelta(0), **values: object
) -> Deployment:
    """With the service's next number. The caller holds the lock of the service's row, and nothing waits."""
    now, last = timezone.now(), service.deployments.aggregate(last=Max("number"))["last"] or 0
    return Deployment.objects.create(
        service=service, number=last + 1, kind=kind, requested_at=now, after=now + after, **values
    )
