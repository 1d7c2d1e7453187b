"""What `/metrics` tells of deployments."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from deployments.models.deployments import DeploymentState
from tests.deployments.services import make_service, queue

pytestmark = pytest.mark.django_db


def collect(client: Client) -> dict[str, float]:
    """Samples of deployments by name and label."""
    return {
        " ".join((sample.name, *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").content.decode())
        for sample in family.samples
        if family.name.startswith("registry_deployment")
    }


def test_none_is_told_as_none(client: Client) -> None:
    assert collect(client) == {
        "registry_deployments_total succeeded": 0,
        "registry_deployments_total failed": 0,
        "registry_deployments_total cancelled": 0,
        "registry_deployments_total superseded": 0,
        "registry_deployments_going queued": 0,
        "registry_deployments_going fetching": 0,
        "registry_deployments_going building": 0,
        "registry_deployments_going deploying": 0,
        "registry_deployment_waited_seconds": 0,
    }


def test_what_ended_and_what_waits_is_told(client: Client) -> None:
    now = timezone.now()
    service = make_service()
    for state in (DeploymentState.FAILED, DeploymentState.FAILED, DeploymentState.SUCCEEDED):
        queue(service, state=state, finished_at=now)
    queue(make_service("waits"), after=now - timedelta(minutes=10))
    queue(make_service("rests"), after=now + timedelta(minutes=10))

    found = collect(client)

    assert found["registry_deployments_total failed"] == 2
    assert found["registry_deployments_total succeeded"] == 1
    assert found["registry_deployments_going queued"] == 2
    assert 600 <= found["registry_deployment_waited_seconds"] < 660
