"""Deployments that say something, and programs that read it, for tests."""

from typing import Any

from django.test import Client
from django.utils import timezone

from deployments.models import Deployment, DeploymentState, LogLine
from tests.catalog.api.write.programs import program_of
from tests.deployments.people import deployer, team
from tests.deployments.services import make_service, queue

READ = "deployments:read"


def reader(*, of: str = "Web") -> Client:
    """A program of somebody of the team."""
    return program_of(deployer(f"reader-{of}", of=of), READ)


def make_deployment(*, of: str = "Web", lines: int = 0) -> Deployment:
    """One that waits, and has said `lines` lines."""
    deployment = queue(make_service(f"site-{of}", team=team(of)))
    say(deployment, *(f"line {number}" for number in range(1, lines + 1)))
    return deployment


def say(deployment: Deployment, *texts: str) -> None:
    first = deployment.lines.count() + 1
    common: dict[str, Any] = {"deployment": deployment, "at": timezone.now(), "attempt": 1, "step": "build"}
    LogLine.objects.bulk_create(LogLine(seq=seq, text=text, **common) for seq, text in enumerate(texts, first))


def end(deployment: Deployment, **values: Any) -> None:
    ended = {"state": DeploymentState.SUCCEEDED, "finished_at": timezone.now(), **values}
    Deployment.objects.filter(pk=deployment.pk).update(**ended)


def logs_of(deployment: Deployment) -> str:
    return f"/api/v1/deployments/{deployment.pk}/logs"


def events_of(deployment: Deployment) -> str:
    return f"/api/v1/deployments/{deployment.pk}/events"
