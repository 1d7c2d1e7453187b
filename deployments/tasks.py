"""Celery tasks: three lines each, safe to run twice. The message is a poke; the row says what is to be done."""

from uuid import UUID

from celery import shared_task

from deployments.runner.caches import collect_caches
from deployments.runner.retention import collect_artifacts
from deployments.runner.running import run_deployment, sweep_deployments


@shared_task
def run(deployment_id: str) -> None:
    """Run one deployment, if it can be claimed."""
    run_deployment(UUID(deployment_id), poke=_poke)


@shared_task
def sweep() -> None:
    """Take over from dead workers, poke what waits, activate what the database says is live, remove what is left."""
    sweep_deployments(poke=_poke)


@shared_task
def collect() -> None:
    """Remove what was built and cannot be brought back any more, and what removed services kept."""
    collect_artifacts()
    collect_caches()


def _poke(deployment_id: UUID) -> None:
    run.delay(str(deployment_id))
