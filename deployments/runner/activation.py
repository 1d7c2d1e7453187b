"""Tells the target what is live. The database has said so before; who tells it must hold the lease just then.

Configs were judged before the flip, and are not judged again. Reference: ADR 13.
"""

import structlog
from django.db import transaction

from deployments.contract import Release, StoppedError
from deployments.models import RUNNING, Deployment, DeploymentState, Service
from deployments.models.deployments import MAX_ATTEMPTS
from deployments.runner.attempt import Attempt
from deployments.runner.choices import target_and_config_of
from deployments.runner.claims import LostLeaseError, holds
from deployments.runner.endings import is_transient
from deployments.runner.flips import give_back
from deployments.runner.patience import insist

log = structlog.get_logger(__name__)
# Each time somebody else made something live meanwhile.
MOST_RESTORES = 5


def activate(attempt: Attempt) -> None:
    """Let the target follow the database; if it refuses for good, what was live before is live again."""
    deployment = attempt.deployment
    attempt.context.commit()
    with attempt.step("activate"):
        try:
            _tell(attempt, deployment)
        except (LostLeaseError, StoppedError):
            # Somebody else goes on from here.
            raise
        except Exception as error:
            if not is_transient(error, deployment.pk) or deployment.attempt >= MAX_ATTEMPTS:
                _bring_back(attempt)
            raise
        attempt.is_live = True


def restore(attempt: Attempt) -> None:
    """A worker that lost its lease may have told the target too late: tell it what the database says. Never raises.

    Who holds a lease may do the same meanwhile: it is told until the database says the same before and after.
    """
    attempt.context.outlive_lease()
    try:
        for _ in range(MOST_RESTORES):
            active = insist(lambda: _active_of(attempt.deployment))
            # One that ended without success is the sweep's.
            if active is None or active.pk == attempt.told or active.state not in (*RUNNING, DeploymentState.SUCCEEDED):
                return
            backend, config = target_and_config_of(active)
            backend.activate(Release(**active.release), config, attempt.context)
            attempt.told = active.pk
            log.warning("told_again_what_is_live", service=str(active.service_id), deployment=str(active.pk))
    except Exception:
        log.exception("target_may_serve_another", service=str(attempt.service.pk))


def _tell(attempt: Attempt, which: Deployment) -> None:
    """Raises LostLeaseError before the target hears of it, and what the target raises."""
    backend, config = target_and_config_of(which)
    insist(lambda: _refuse_without_lease(attempt))
    attempt.told = which.pk
    backend.activate(Release(**which.release), config, attempt.context)


def _refuse_without_lease(attempt: Attempt) -> None:
    with transaction.atomic():
        if not holds(attempt.deployment.pk, attempt.lease):
            raise LostLeaseError


def _bring_back(attempt: Attempt) -> None:
    """First the target, then the database: until the target has taken it, the sweep finds what is to be done."""
    deployment = attempt.deployment
    before = Deployment.objects.select_related("replaces__service").get(pk=deployment.pk).replaces
    if before is not None:
        try:
            _tell(attempt, before)
        except (LostLeaseError, StoppedError):
            raise
        except Exception:
            log.exception("target_refuses_what_was_live", deployment=str(before.pk))
            attempt.context.log(f"The target does not take deployment {before.number} now; it is asked again.")
            return
        attempt.context.log(f"Deployment {before.number} stays live.")
    insist(lambda: give_back(deployment, attempt.lease))


def _active_of(deployment: Deployment) -> Deployment | None:
    active = Service.objects.filter(pk=deployment.service_id).values("active")
    return Deployment.objects.select_related("service").filter(pk__in=active).first()
