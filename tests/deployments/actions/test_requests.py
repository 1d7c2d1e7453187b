"""What is asked of a deployment: cancelling one that waits, runs, is being made live, or has ended."""

import pytest
from django.utils import timezone

from deployments.actions.errors import RefusedError
from deployments.actions.requests import request_cancel
from deployments.models import Service
from deployments.runner.claims import claim
from tests.deployments.services import make_service, queue

pytestmark = pytest.mark.django_db


def test_one_that_waits_is_cancelled_at_once() -> None:
    deployment = queue(make_service())

    request_cancel(deployment, by=None)

    deployment.refresh_from_db()
    assert (deployment.state, deployment.finished_at is not None) == ("cancelled", True)


def test_one_that_runs_is_asked_once() -> None:
    deployment = queue(make_service())
    claim(deployment.pk)

    request_cancel(deployment, by=None)
    deployment.refresh_from_db()
    asked_at = deployment.cancel_requested_at
    request_cancel(deployment, by=None)

    deployment.refresh_from_db()
    assert (deployment.state, deployment.cancel_requested_at) == ("fetching", asked_at)
    assert asked_at is not None


def test_one_that_has_ended_is_refused() -> None:
    deployment = queue(make_service(), state="succeeded", finished_at=timezone.now())

    with pytest.raises(RefusedError, match="It has ended already"):
        request_cancel(deployment, by=None)


def test_one_that_is_just_made_live_is_refused() -> None:
    deployment = queue(make_service())
    claim(deployment.pk)
    Service.objects.update(active=deployment)

    with pytest.raises(RefusedError, match="It is just being made live"):
        request_cancel(deployment, by=None)

    deployment.refresh_from_db()
    assert deployment.cancel_requested_at is None
