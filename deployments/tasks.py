"""Celery tasks: three lines each, safe to run twice. The message is a poke; the row says what is to be done."""

from uuid import UUID

import structlog
from celery import Task, shared_task
from celery.exceptions import OperationalError

from deployments.runner.caches import collect_caches
from deployments.runner.deliveries import forget_deliveries
from deployments.runner.looking import run_look
from deployments.runner.looks import collect_looks, sweep_looks
from deployments.runner.patterns import note_unusual
from deployments.runner.retention import collect_artifacts
from deployments.runner.running import run_deployment, sweep_deployments
from deployments.runner.uploads import collect_uploads

log = structlog.get_logger(__name__)


@shared_task
def run(deployment_id: str) -> None:
    """Run one deployment, if it can be claimed."""
    run_deployment(UUID(deployment_id), poke=_poke)


@shared_task
def look(look_id: str) -> None:
    """Look at one source, if the look can be claimed."""
    run_look(UUID(look_id))


@shared_task
def sweep() -> None:
    """Take over from dead workers, settle services, poke what waits, remove what is left."""
    sweep_deployments(poke=_poke)
    sweep_looks(poke=_poke_look)


@shared_task
def collect() -> None:
    """Remove what was built and cannot be brought back any more, what removed services kept, unused uploads, looks at
    sources that are over, and old deliveries of webhooks.
    """
    collect_artifacts()
    collect_caches()
    collect_uploads()
    collect_looks()
    forget_deliveries()


@shared_task
def note_patterns() -> None:
    """Keep in the audit what is unusual: sudden numbers of deployments, failures in a row."""
    note_unusual()


def _poke(deployment_id: UUID) -> None:
    _tell(run, deployment_id)


def _poke_look(look_id: UUID) -> None:
    _tell(look, look_id)


def _tell(task: Task[[str], None], pk: UUID) -> None:
    """Nobody needs it: without a broker, a later sweep finds the row."""
    try:
        task.delay(str(pk))
    except OperationalError as error:
        log.warning("nobody_was_poked", task=task.name, pk=str(pk), reason=str(error))
