"""A deployment may end without success while the database calls it live: its workers died, or its target is away.

A sweep then asks for a rollback to what was live before, as a person would; leases, logs and retries are those of any
deployment. Reference: ADR 13.
"""

from datetime import timedelta

import structlog
from django.db import transaction

from deployments.models import QUEUED, RUNNING, TERMINAL, DeploymentKind, DeploymentState, Service
from deployments.runner.flips import last_live
from deployments.runner.queue import add_deployment

log = structlog.get_logger(__name__)
UNSETTLED = tuple(state for state in TERMINAL if state != DeploymentState.SUCCEEDED)
# Begins `dedupe` of those rollbacks: they are counted by it.
SETTLES = "settles "
WAITS = timedelta(minutes=1)
WAITS_MOST = timedelta(hours=1)


def settle_services() -> None:
    """Ask for a rollback of each service whose active deployment did not succeed, unless one waits or runs already.

    The first is due at once, the next one after WAITS, each one after that after twice as long, up to WAITS_MOST. Where
    nothing was live before, nothing is now. Never raises for a single service.
    """
    unsettled = Service.objects.filter(active__state__in=UNSETTLED, removed_at=None)
    for pk in unsettled.exclude(deployments__state__in=(QUEUED, *RUNNING)).values_list("pk", flat=True):
        try:
            with transaction.atomic():
                _settle(Service.objects.select_for_update().get(pk=pk))
        except Exception:
            # Whatever it is, neither the other services nor the rest of the sweep have to wait for it.
            log.exception("service_is_not_settled", service=str(pk))


def _settle(service: Service) -> None:
    """Looks again, under the lock: somebody may have asked for a deployment meanwhile."""
    active, before = service.active, last_live(service)
    is_busy = service.deployments.filter(state__in=(QUEUED, *RUNNING)).exists()
    if active is None or active.state not in UNSETTLED or is_busy:
        return
    log.warning("service_is_settled", service=str(service.pk), failed=active.number, live=before and before.number)
    if before is None:
        service.active = None
        service.save(update_fields=["active"])
        return
    tried = service.deployments.filter(number__gt=before.number, dedupe__startswith=SETTLES).count()
    after = min(WAITS * 2 ** min(tried - 1, 10), WAITS_MOST) if tried else timedelta(0)
    add_deployment(
        service, kind=DeploymentKind.ROLLBACK, after=after, dedupe=f"{SETTLES}{active.number}, {tried + 1}",
        artifact_of=before, artifact=before.artifact, revision=before.revision,
    )  # fmt: skip
