"""One attempt from its claim to its end, whatever happens in between; and the sweep after those that died.

Errors of a backend become the deployment's: a person can act on a message and a hint, and a fault of ours is logged
with its traceback.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from structlog.contextvars import bound_contextvars

from deployments.contract import StoppedError
from deployments.models import Deployment, DeploymentState, ErrorKind
from deployments.runner import claims
from deployments.runner.activation import restore
from deployments.runner.attempt import Attempt
from deployments.runner.claims import CancelledError, LostLeaseError
from deployments.runner.context import RunContext
from deployments.runner.endings import end_of, failed
from deployments.runner.folders import remove_left_behind, remove_or_leave, work_folder
from deployments.runner.hold import Hold, Stop
from deployments.runner.logs import Log, storable
from deployments.runner.looks import look_leases
from deployments.runner.patience import AWAY, insist
from deployments.runner.retention import remove_old_releases
from deployments.runner.settling import settle_services
from deployments.runner.steps import run_steps
from deployments.sandbox.temporary import remove_forgotten

log = structlog.get_logger(__name__)
# An earlier attempt may have left its error.
SUCCEEDED: dict[str, Any] = {
    "state": DeploymentState.SUCCEEDED, "error_kind": "", "error_message": "", "error_hint": "",
}  # fmt: skip
Poke = Callable[[uuid.UUID], object]


def run_deployment(deployment_id: uuid.UUID, *, poke: Poke) -> bool:
    """Claim it and run it to the end of this attempt; False if it could not be claimed. Never raises for a backend.

    `poke` is told what may be claimed now: the next of its service.
    """
    lease = claims.claim(deployment_id)
    if lease is None:
        return False
    with bound_contextvars(deployment=str(deployment_id)):
        try:
            _run(deployment_id, lease)
        except LostLeaseError:
            # Somebody else has it; whatever we still held in memory is worth nothing.
            log.warning("lease_lost")
        finally:
            remove_or_leave(work_folder(deployment_id, lease))
    poke_waiting(deployment_id, poke=poke)
    return True


def _run(deployment_id: uuid.UUID, lease: uuid.UUID) -> None:
    deployment = Deployment.objects.select_related("service", "artifact", "artifact_of").get(pk=deployment_id)
    lines = Log(deployment_id, lease, attempt=deployment.attempt)
    seconds, is_committed = settings.REGISTRY_DEPLOYMENT_SECONDS, deployment.service.active_id == deployment.pk
    hold = Hold(deployment_id, lease, seconds=seconds, beat=lines.flush, is_committed=is_committed)
    attempt = Attempt(deployment, lease, RunContext(deployment, lease, hold=hold, lines=lines))
    try:
        with hold:
            end = _outcome(attempt, hold)
            if end["state"] == DeploymentState.SUCCEEDED:
                _clean_up(deployment, attempt.context)
            # Above the end's write: whoever sees the end sees the whole log.
            attempt.context.finish(end["state"], message=end.get("error_message", ""), hint=end.get("error_hint", ""))
        insist(lambda: _write_end(attempt, **end))
        log.info("deployment_ended", service=str(deployment.service_id), state=end["state"], attempt=deployment.attempt)
    except LostLeaseError:
        if attempt.told is not None:
            restore(attempt)
        raise


def _outcome(attempt: Attempt, hold: Hold) -> dict[str, Any]:
    """How it ended, as columns; `after` if it is worth another attempt. Raises LostLeaseError."""
    deployment, context = attempt.deployment, attempt.context
    try:
        context.make_folders()
        run_steps(attempt)
    except LostLeaseError:
        raise
    except CancelledError:
        return {"state": DeploymentState.CANCELLED}
    except StoppedError:
        return _end_of_stopped(hold.stop)
    except Exception as error:
        end = end_of(error, deployment.pk)
        if end["error_kind"] == ErrorKind.BUG or isinstance(error, (*AWAY, OSError)):
            log.exception("deployment_broke")
        # Nothing that comes after makes what is live a failure.
        return SUCCEEDED if attempt.is_live else end | _told(context, end)
    return SUCCEEDED


def _told(context: RunContext, end: dict[str, Any]) -> dict[str, str]:
    """The texts of an end as people may see them: what a server said may hold a secret."""
    return {name: storable(context.mask(end[name])) for name in ("error_message", "error_hint")}


def _clean_up(deployment: Deployment, context: RunContext) -> None:
    """What cannot be removed now is removed after the next deployment: it is live, whatever happens here."""
    try:
        remove_old_releases(deployment.service, context)
    except Exception:
        log.exception("old_releases_stay", deployment=str(deployment.pk))


def _end_of_stopped(stop: Stop | None) -> dict[str, Any]:
    if stop == Stop.CANCELLED:
        return {"state": DeploymentState.CANCELLED}
    if stop == Stop.LOST:
        raise LostLeaseError
    minutes = settings.REGISTRY_DEPLOYMENT_SECONDS / 60
    return failed(ErrorKind.TIMEOUT, f"It took longer than {minutes:g} minutes.", "Does the build wait for something?")


def _write_end(attempt: Attempt, *, after: timedelta | None = None, **values: Any) -> None:
    """Another attempt if it is worth one, else the end; also of how long the steps took. Raises LostLeaseError."""
    deployment_id, lease, steps = attempt.deployment.pk, attempt.lease, attempt.steps
    told = {name: value for name, value in values.items() if name != "state"}
    with transaction.atomic():
        if after is not None:
            if claims.put_back(deployment_id, lease, after=after, steps=steps, **told):
                return
            if claims.is_cancelled(deployment_id, lease) and not claims.is_committed(deployment_id):
                values = {"state": DeploymentState.CANCELLED}
        claims.end(deployment_id, lease, steps=steps, **values)


def poke_waiting(deployment_id: uuid.UUID, *, poke: Poke) -> None:
    """A place is free: poke what waits, its own service's first."""
    service = Deployment.objects.values_list("service", flat=True).get(pk=deployment_id)
    waiting = Deployment.objects.filter(state=DeploymentState.QUEUED).order_by("requested_at")
    for pk in [
        *waiting.filter(service=service).values_list("pk", flat=True),
        *waiting.exclude(service=service).values_list("pk", flat=True)[:1],
    ]:
        poke(pk)


def sweep_deployments(*, poke: Poke) -> None:
    """What beat asks for: queue again what dead workers held, settle, poke what waits, remove what was left."""
    claims.sweep()
    settle_services()
    for pk in claims.due():
        poke(pk)
    remove_left_behind(lambda: [*claims.leases(), *look_leases()])
    remove_forgotten()
