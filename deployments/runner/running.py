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

from deployments.backends import BackendMissingError
from deployments.contract import BackendError, StoppedError, TransientError
from deployments.models import Deployment, DeploymentState, ErrorKind
from deployments.runner import claims
from deployments.runner.attempt import Attempt
from deployments.runner.claims import LostLeaseError
from deployments.runner.context import RunContext
from deployments.runner.folders import remove_left_behind, remove_tree, work_folder
from deployments.runner.hold import Hold, Stop
from deployments.runner.logs import Log
from deployments.runner.preparing import prepare
from deployments.runner.retention import remove_old_releases
from deployments.runner.steps import run_steps

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
    try:
        _run(deployment_id, lease)
    except LostLeaseError:
        # Somebody else has it; whatever we still held in memory is worth nothing.
        log.warning("lease_lost", deployment=str(deployment_id))
    finally:
        remove_tree(work_folder(deployment_id, lease))
    poke_waiting(deployment_id, poke=poke)
    return True


def _run(deployment_id: uuid.UUID, lease: uuid.UUID) -> None:
    deployment = Deployment.objects.select_related("service", "artifact", "artifact_of").get(pk=deployment_id)
    lines = Log(deployment_id, lease, attempt=deployment.attempt)
    with Hold(deployment_id, lease, seconds=settings.REGISTRY_DEPLOYMENT_SECONDS, beat=lines.flush) as hold:
        context = RunContext(deployment, lease, hold=hold, lines=lines)
        end = _outcome(Attempt(deployment, lease, context), hold)
        if end is SUCCEEDED:
            _clean_up(deployment, context)
        # Above the end's write: whoever sees the end sees the whole log.
        context.finish(end["state"], message=end.get("error_message", ""), hint=end.get("error_hint", ""))
    _write_end(deployment_id, lease, **end)


def _outcome(attempt: Attempt, hold: Hold) -> dict[str, Any]:
    """How it ended, as columns; `after` if it is worth another attempt. Raises LostLeaseError."""
    deployment = attempt.deployment
    try:
        prepare(deployment, attempt.lease)
        run_steps(attempt)
    except LostLeaseError:
        raise
    except StoppedError:
        return _end_of_stopped(hold.stop)
    except BackendMissingError as error:
        hint = "Ask whoever runs the registry to install it, or choose another."
        return _failed(ErrorKind.PERMANENT, str(error), hint)
    except TransientError as error:
        after = timedelta(seconds=error.retry_after_seconds)
        return _failed(ErrorKind.TRANSIENT, str(error), error.hint) | {"after": after}
    except BackendError as error:
        return _failed(ErrorKind.PERMANENT, str(error), error.hint)
    except Exception:
        log.exception("deployment_broke", deployment=str(deployment.pk))
        hint = f"Tell whoever runs the registry: deployment {deployment.pk}."
        return _failed(ErrorKind.BUG, "The registry has a fault; what was live stays so.", hint)
    return SUCCEEDED


def _clean_up(deployment: Deployment, context: RunContext) -> None:
    """What cannot be removed now is removed after the next deployment: it is live, whatever happens here."""
    try:
        remove_old_releases(deployment.service, context)
    except Exception:
        log.exception("old_releases_stay", deployment=str(deployment.pk))


def _failed(kind: ErrorKind, message: str, hint: str) -> dict[str, Any]:
    return {
        "state": DeploymentState.FAILED, "error_kind": kind, "error_message": message, "error_hint": hint,
    }  # fmt: skip


def _end_of_stopped(stop: Stop | None) -> dict[str, Any]:
    if stop == Stop.CANCELLED:
        return {"state": DeploymentState.CANCELLED}
    if stop == Stop.LOST:
        raise LostLeaseError
    minutes = settings.REGISTRY_DEPLOYMENT_SECONDS / 60
    return _failed(ErrorKind.TIMEOUT, f"It took longer than {minutes:g} minutes.", "Does the build wait for something?")


def _write_end(deployment_id: uuid.UUID, lease: uuid.UUID, *, after: timedelta | None = None, **values: Any) -> None:
    told = {name: value for name, value in values.items() if name != "state"}
    with transaction.atomic():
        if after is not None and claims.put_back(deployment_id, lease, after=after, **told):
            return
        claims.end(deployment_id, lease, **values)


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
    """What beat asks for: queue again what dead workers held, remove what they left, poke what waits."""
    waiting = claims.sweep()
    remove_left_behind(claims.leases())
    for pk in waiting:
        poke(pk)
