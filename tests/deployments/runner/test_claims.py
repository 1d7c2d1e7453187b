"""Claims, renewals and ends of deployments: who may write, and what a constraint refuses."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from deployments.models import Deployment, DeploymentState
from deployments.runner.claims import (
    LostLeaseError,
    claim,
    due,
    end,
    holds,
    is_cancelled,
    put_back,
    record,
    renew,
    sweep,
)
from tests.deployments.services import make_service, queue

pytestmark = pytest.mark.django_db
FUTURE = timedelta(days=1)


def claimed(deployment: Deployment) -> UUID:
    lease = claim(deployment.pk)
    assert lease is not None
    return lease


def let_lease_run_out(deployment: Deployment) -> None:
    Deployment.objects.filter(pk=deployment.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def test_claim_gives_a_lease_and_counts_the_attempt() -> None:
    deployment = queue(make_service())

    lease = claim(deployment.pk)

    deployment.refresh_from_db()
    assert (deployment.state, deployment.attempt, deployment.lease) == ("fetching", 1, lease)
    assert deployment.lease_expires_at is not None
    assert deployment.lease_expires_at > timezone.now()


def test_twenty_messages_are_one_claim() -> None:
    deployment = queue(make_service())

    leases = [claim(deployment.pk) for _ in range(20)]

    assert sum(lease is not None for lease in leases) == 1


@pytest.mark.parametrize(
    "values",
    [{"state": "cancelled", "finished_at": timezone.now()}, {"attempt": 3}, {"after": timezone.now() + FUTURE}],
)
def test_what_is_over_used_up_or_not_due_is_not_claimed(values: dict[str, Any]) -> None:
    assert claim(queue(make_service(), **values).pk) is None


def test_unknown_deployment_is_not_claimed() -> None:
    assert claim(uuid4()) is None


def test_second_deployment_of_a_service_waits_for_the_first() -> None:
    service = make_service()
    first = queue(service)
    lease = claimed(first)
    second = queue(service)

    assert claim(second.pk) is None
    end(first.pk, lease, DeploymentState.SUCCEEDED)
    assert claim(second.pk) is not None


def test_no_more_run_than_may(settings: Any) -> None:
    settings.REGISTRY_MAX_DEPLOYMENTS = 2
    first, second, third = (queue(make_service(name)) for name in ("a", "b", "c"))
    lease = claimed(first)
    claimed(second)

    assert claim(third.pk) is None
    end(first.pk, lease, DeploymentState.FAILED)
    assert claim(third.pk) is not None


def test_rollback_begins_with_making_live() -> None:
    service = make_service()
    before = queue(service, state="succeeded", finished_at=timezone.now())
    rollback = queue(service, kind="rollback", artifact_of=before)

    claim(rollback.pk)

    rollback.refresh_from_db()
    assert rollback.state == "deploying"


def test_nobody_writes_with_another_lease() -> None:
    deployment = queue(make_service())
    claimed(deployment)
    other = uuid4()

    for write in (
        lambda: renew(deployment.pk, other),
        lambda: is_cancelled(deployment.pk, other),
        lambda: record(deployment.pk, other, revision="x"),
        lambda: end(deployment.pk, other, DeploymentState.SUCCEEDED),
        lambda: put_back(deployment.pk, other, after=FUTURE),
    ):
        with pytest.raises(LostLeaseError):
            write()

    deployment.refresh_from_db()
    assert (deployment.state, deployment.revision) == ("fetching", "")
    assert not holds(deployment.pk, other)


def test_frozen_worker_writes_nothing_after_a_sweep() -> None:
    deployment = queue(make_service())
    frozen = claimed(deployment)
    let_lease_run_out(deployment)
    sweep()
    claimed(deployment)

    with pytest.raises(LostLeaseError):
        end(deployment.pk, frozen, DeploymentState.SUCCEEDED)

    deployment.refresh_from_db()
    assert (deployment.state, deployment.attempt) == ("fetching", 2)


def test_renewed_lease_is_left_alone_by_a_sweep() -> None:
    deployment = queue(make_service())
    lease = claimed(deployment)
    let_lease_run_out(deployment)
    renew(deployment.pk, lease)

    sweep()

    assert due() == []
    assert holds(deployment.pk, lease)


def test_sweep_queues_again_and_it_is_due() -> None:
    dead, waits, later = queue(make_service("a")), queue(make_service("b")), queue(make_service("c"))
    claimed(dead)
    let_lease_run_out(dead)
    Deployment.objects.filter(pk=later.pk).update(after=timezone.now() + FUTURE)

    sweep()

    assert set(due()) == {dead.pk, waits.pk}


def test_third_death_fails_it_in_words() -> None:
    deployment = queue(make_service())
    for _ in range(3):
        claimed(deployment)
        let_lease_run_out(deployment)
        sweep()

    deployment.refresh_from_db()
    assert (deployment.state, deployment.error_kind) == ("failed", "lost")
    assert deployment.error_message == "Its workers died 3 times."


def test_dead_one_that_was_to_be_cancelled_is_cancelled() -> None:
    deployment = queue(make_service())
    claimed(deployment)
    Deployment.objects.filter(pk=deployment.pk).update(cancel_requested_at=timezone.now())
    let_lease_run_out(deployment)

    sweep()

    assert due() == []
    deployment.refresh_from_db()
    assert deployment.state == "cancelled"


def test_dead_one_gives_way_to_a_newer_request() -> None:
    service = make_service()
    dead = queue(service)
    claimed(dead)
    newer = queue(service)
    let_lease_run_out(dead)

    sweep()

    assert due() == [newer.pk]
    dead.refresh_from_db()
    assert dead.state == "superseded"


def test_put_back_waits_as_long_as_it_is_told() -> None:
    deployment = queue(make_service())
    lease = claimed(deployment)

    assert put_back(deployment.pk, lease, after=FUTURE)
    deployment.refresh_from_db()
    assert (deployment.state, deployment.lease, claim(deployment.pk)) == ("queued", None, None)
    assert deployment.after > timezone.now() + FUTURE / 2


def test_last_attempt_is_not_put_back() -> None:
    deployment = queue(make_service(), attempt=2)
    lease = claimed(deployment)

    assert not put_back(deployment.pk, lease, after=FUTURE)
    assert holds(deployment.pk, lease)


def test_cancel_is_seen_by_who_holds_it() -> None:
    deployment = queue(make_service())
    lease = claimed(deployment)

    assert not is_cancelled(deployment.pk, lease)
    Deployment.objects.filter(pk=deployment.pk).update(cancel_requested_at=timezone.now())
    assert is_cancelled(deployment.pk, lease)


@pytest.mark.parametrize(
    "values",
    [
        {"state": "fetching"},
        {"lease": uuid4(), "lease_expires_at": timezone.now()},
        {"state": "failed"},
        {"finished_at": timezone.now()},
        {"state": "resting"},
        {"attempt": 4},
        {"kind": "rollback"},
    ],
)
def test_database_refuses_what_cannot_be(values: dict[str, Any]) -> None:
    service = make_service()

    with pytest.raises(IntegrityError), transaction.atomic():
        queue(service, **values)


def test_database_refuses_two_of_what_there_is_one_of() -> None:
    service = make_service()
    queue(service, dedupe="delivery-1")

    for values in ({}, {"dedupe": "delivery-1", "state": "failed", "finished_at": timezone.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            queue(service, **values)
