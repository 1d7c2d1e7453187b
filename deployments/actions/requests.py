"""What a person or a client asks of a service: deploy it, roll it back, cancel, pin.

The row is made here and at once; a message to the workers only pokes, after the commit.
"""

import uuid
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from catalog.models import AuditRecord, TokenOwner
from catalog.models.audit import Verb
from deployments.actions.errors import HasEndedError, RefusedError
from deployments.actions.services.teams import DEPLOY, refuse_team, refuse_without
from deployments.models import (
    QUEUED,
    RUNNING,
    TERMINAL,
    BackendKind,
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

    The same `dedupe` again (a delivery of a webhook) is the same deployment. `by` is None for hooks and commands.
    Raises NotAllowedError, RefusedError if the service is removed.
    """
    with transaction.atomic():
        locked = _lock(service, by=by)
        if earlier := _asked_before(locked, dedupe):
            return earlier
        return _queue(locked, by=by, kind=kind, dedupe=dedupe, cancels_running=cancels_running, uses_cache=uses_cache)


def request_redeploy(
    service: Service,
    *,
    of: Deployment,
    by: User | None,
    dedupe: str = "",
    cancels_running: bool = False,
    uses_cache: bool = True,
) -> Deployment:
    """Build again exactly what an earlier deployment ran with: its revision of the source, its configs.

    The same `dedupe` again is the same deployment. Raises NotAllowedError, RefusedError for a deployment of another
    service, or one that never knew its revision.
    """
    if of.service_id != service.pk or not of.revision or of.configs.keys() != set(BackendKind):
        raise RefusedError("Only what has fetched its source before can be deployed again as it was.")
    with transaction.atomic():
        locked = _lock(service, by=by)
        if earlier := _asked_before(locked, dedupe):
            return earlier
        return _queue(
            locked, by=by, kind=DeploymentKind.REDEPLOY, dedupe=dedupe, cancels_running=cancels_running,
            uses_cache=uses_cache, revision=of.revision, configs=of.configs,
        )  # fmt: skip


def request_rollback(
    service: Service, *, to: Deployment, by: User | None, pins: bool = True, dedupe: str = ""
) -> Deployment:
    """Bring back what an earlier deployment made live, without building; what runs is asked to stop.

    The service is pinned, so that the next push does not undo it. The same `dedupe` again is the same deployment.
    Raises NotAllowedError, RefusedError for a deployment of another service, one that was never live, or one whose
    artifact is no longer kept.
    """
    if to.service_id != service.pk or to.state != DEPLOYED:
        raise RefusedError("Only what was live of this service can be brought back.")
    if to.artifact is None or to.artifact.collected_at is not None:
        raise RefusedError(f"What deployment {to.number} built is no longer kept. Deploy its revision again instead.")
    with transaction.atomic():
        locked = _lock(service, by=by)
        if earlier := _asked_before(locked, dedupe):
            return earlier
        made = _queue(
            locked, by=by, kind=DeploymentKind.ROLLBACK, dedupe=dedupe, cancels_running=True,
            artifact_of=to, artifact=to.artifact, revision=to.revision,
        )  # fmt: skip
        Service.objects.filter(pk=service.pk).update(is_pinned=pins)
        return made


def request_cancel(deployment: Deployment, *, by: User | None) -> None:
    """Cancel one that waits at once, and ask one that runs to stop.

    Raises NotAllowedError, HasEndedError if it has ended, or is committed: its service names it as the live one.
    """
    now = timezone.now()
    with transaction.atomic():
        # Workers commit under the lock of the service, and queue again under that of the deployment.
        service = Service.objects.select_for_update(of=("self",)).select_related("team").get(pk=deployment.service_id)
        _refuse_stranger(service, by=by)
        active = service.active_id
        current = Deployment.objects.select_for_update().get(pk=deployment.pk)
        if current.state in TERMINAL:
            raise HasEndedError("It has ended already.")
        if active == current.pk:
            raise HasEndedError("It is just being made live. Roll back when it has ended.")
        row = Deployment.objects.filter(pk=deployment.pk)
        if current.state == QUEUED:
            row.update(state=DeploymentState.CANCELLED, finished_at=now, cancel_requested_at=now)
        elif current.cancel_requested_at is None:
            row.update(cancel_requested_at=now)
        else:
            return
        _note(Verb.DEPLOYMENT_CANCELLED, service, by=by, detail=f"Deployment {current.number}")


def set_pinned(service: Service, *, is_pinned: bool, by: User | None) -> None:
    """Pinned: nothing is deployed by itself. Raises NotAllowedError, RefusedError if the service is removed."""
    with transaction.atomic():
        locked = _lock(service, by=by)
        if locked.is_pinned == is_pinned:
            return
        Service.objects.filter(pk=service.pk).update(is_pinned=is_pinned)
        _note(Verb.SERVICE_CHANGED, locked, by=by, detail="Pinned" if is_pinned else "No longer pinned")


def _lock(service: Service, *, by: User | None) -> Service:
    """The row, for somebody who may deploy it."""
    locked = Service.objects.select_for_update(of=("self",)).select_related("team").get(pk=service.pk)
    _refuse_stranger(locked, by=by)
    if locked.removed_at is not None:
        raise RefusedError("The service is removed.")
    return locked


def _asked_before(service: Service, dedupe: str) -> Deployment | None:
    """What the same delivery, or the same press of a button, has asked for already."""
    return service.deployments.filter(dedupe=dedupe).first() if dedupe else None


def _refuse_stranger(service: Service, *, by: User | None) -> None:
    refuse_without(by, DEPLOY, deed="deploy services")
    refuse_team(by, service.team)


def _note(verb: Verb, service: Service, *, by: User | None, detail: str) -> None:
    AuditRecord.objects.note(verb, by=by, object_name=f"service {service}", detail=detail)


def _queue(
    service: Service, *, by: User | None, kind: DeploymentKind, dedupe: str, cancels_running: bool, **values: Any
) -> Deployment:
    now = timezone.now()
    service.deployments.filter(state=QUEUED).update(state=DeploymentState.SUPERSEDED, finished_at=now)
    if cancels_running:
        service.deployments.filter(state__in=RUNNING, cancel_requested_at=None).update(cancel_requested_at=now)
    token = by.token if isinstance(by, TokenOwner) else None
    made = add_deployment(service, kind=kind, dedupe=dedupe, requested_by=by, token=token, **values)
    detail = f"Deployment {made.number}: {made.get_kind_display()}{f', with the token {token}' if token else ''}"
    _note(Verb.DEPLOYMENT_REQUESTED, service, by=by, detail=detail)
    poke(made.pk)
    return made


def poke(deployment_id: uuid.UUID) -> None:
    """Tell the workers after the commit; if nobody hears it, a sweep finds the row. Django logs why it failed."""
    transaction.on_commit(lambda: run.delay(str(deployment_id)), robust=True)
