"""What a person or a client asks of a service: deploy it, roll it back, cancel, pin.

The row is made here and at once; a message to the workers only pokes, after the commit.
"""

import uuid
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from deployments.actions.errors import RefusedError
from deployments.models import (
    QUEUED,
    RUNNING,
    TERMINAL,
    Deployment,
    DeploymentKind,
    DeploymentState,
    Service,
)
from deployments.runner.queue import add_deployment
from deployments.tasks import run

DEPLOYED = DeploymentState.SUCCEEDED


def request_deployment(
    service: Service,
    *,
    by: User | None,
    kind: DeploymentKind = DeploymentKind.DEPLOY,
    dedupe: str = "",
    cancels_running: bool = False,
    uses_cache: bool = True,
) -> Deployment:
    """Queue a deployment; it supersedes the one that waits, and asks the one that runs to stop if `cancels_running`.

    Without `uses_cache` it starts with nothing of what the builds before it kept.

    The same `dedupe` again (a delivery of a webhook) is the same deployment. Raises RefusedError if the service is
    removed.
    """
    with transaction.atomic():
        locked = _lock(service)
        earlier = dedupe and locked.deployments.filter(dedupe=dedupe).first()
        if earlier:
            return earlier
        return _queue(locked, by=by, kind=kind, dedupe=dedupe, cancels_running=cancels_running, uses_cache=uses_cache)


def request_rollback(service: Service, *, to: Deployment, by: User | None, pins: bool = True) -> Deployment:
    """Bring back what an earlier deployment made live, without building; what runs is asked to stop.

    The service is pinned, so that the next push does not undo it. Raises RefusedError for a deployment of another
    service, one that was never live, or one whose artifact is no longer kept.
    """
    if to.service_id != service.pk or to.state != DEPLOYED:
        raise RefusedError("Only what was live of this service can be brought back.")
    if to.artifact is None or to.artifact.collected_at is not None:
        raise RefusedError(f"What deployment {to.number} built is no longer kept. Deploy its revision again instead.")
    with transaction.atomic():
        locked = _lock(service)
        made = _queue(
            locked, by=by, kind=DeploymentKind.ROLLBACK, dedupe="", cancels_running=True,
            artifact_of=to, artifact=to.artifact, revision=to.revision,
        )  # fmt: skip
        Service.objects.filter(pk=service.pk).update(is_pinned=pins)
        return made


def request_cancel(deployment: Deployment, *, by: User | None) -> None:
    """Cancel one that waits at once, and ask one that runs to stop.

    Raises RefusedError if it has ended, or is committed: its service names it as the live one.
    """
    now = timezone.now()
    with transaction.atomic():
        # Workers commit under the lock of the service, and queue again under that of the deployment.
        active = Service.objects.select_for_update().get(pk=deployment.service_id).active_id
        current = Deployment.objects.select_for_update().get(pk=deployment.pk)
        if current.state in TERMINAL:
            raise RefusedError("It has ended already.")
        if active == current.pk:
            raise RefusedError("It is just being made live. Roll back when it has ended.")
        row = Deployment.objects.filter(pk=deployment.pk)
        if current.state == QUEUED:
            row.update(state=DeploymentState.CANCELLED, finished_at=now, cancel_requested_at=now)
        elif current.cancel_requested_at is None:
            row.update(cancel_requested_at=now)


def set_pinned(service: Service, *, is_pinned: bool, by: User | None) -> None:
    """Pinned: nothing is deployed by itself."""
    Service.objects.filter(pk=service.pk).update(is_pinned=is_pinned)


def _lock(service: Service) -> Service:
    locked = Service.objects.select_for_update().get(pk=service.pk)
    if locked.removed_at is not None:
        raise RefusedError("The service is removed.")
    return locked


def _queue(
    service: Service, *, by: User | None, kind: DeploymentKind, dedupe: str, cancels_running: bool, **values: Any
) -> Deployment:
    now = timezone.now()
    service.deployments.filter(state=QUEUED).update(state=DeploymentState.SUPERSEDED, finished_at=now)
    if cancels_running:
        service.deployments.filter(state__in=RUNNING, cancel_requested_at=None).update(cancel_requested_at=now)
    made = add_deployment(service, kind=kind, dedupe=dedupe, requested_by=by, **values)
    poke(made.pk)
    return made


def poke(deployment_id: uuid.UUID) -> None:
    """Tell the workers after the commit; if nobody hears it, a sweep finds the row. Django logs why it failed."""
    transaction.on_commit(lambda: run.delay(str(deployment_id)), robust=True)
