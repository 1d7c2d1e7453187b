"""Many deployers at once, on real PostgreSQL connections: what bounds how many run is never exceeded, by no moment."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any, TypeVar
from uuid import UUID

import pytest
from django.db import connection, connections
from django.utils import timezone

from deployments.models import RUNNING, Connection, Deployment, DeploymentState
from deployments.runner.claims import claim, end
from deployments.runner.routing import leave, note_success, occupy
from tests.deployments.services import make_service, queue

pytestmark = [
    pytest.mark.services,
    pytest.mark.usefixtures("flushable"),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="Needs PostgreSQL: SQLite lets one writer in at a time"
    ),
]
DEPLOYERS, ROUNDS, MOST = 8, 6, 3
WORK_SECONDS = 0.02
Answer = TypeVar("Answer")


def at_once(calls: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Call all at the same moment, each on a connection of its own."""
    barrier = Barrier(len(calls))

    def act(call: Callable[[], Answer]) -> Answer:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=20)
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(act, calls))


def make_waiting(most: int) -> list[Deployment]:
    return [queue(make_service(f"s{at}")) for at in range(most)]


def make_waiting_of(deployer: int) -> list[UUID]:
    return [queue(make_service(f"s{deployer}-{at}")).pk for at in range(ROUNDS)]


def running_on(place: Connection | None = None) -> int:
    found = Deployment.objects.filter(state__in=RUNNING)
    return (found.filter(connection=place) if place else found).count()


def test_as_many_are_claimed_as_may_run(settings: Any) -> None:
    settings.REGISTRY_MAX_DEPLOYMENTS = MOST
    waiting = make_waiting(DEPLOYERS)

    leases = at_once([lambda each=each: claim(each.pk) for each in waiting])  # type: ignore[misc]

    assert (sum(lease is not None for lease in leases), running_on()) == (MOST, MOST)


def test_while_deployments_come_and_go_no_more_run_than_may(settings: Any) -> None:
    settings.REGISTRY_MAX_DEPLOYMENTS = MOST
    waiting = [make_waiting_of(at) for at in range(DEPLOYERS)]

    def claim_and_end(own: Sequence[UUID]) -> list[int]:
        """How many ran while it ran, each time."""
        seen = []
        for pk in own:
            while (lease := claim(pk)) is None:
                seen.append(running_on())
            # Others come meanwhile.
            time.sleep(WORK_SECONDS)
            seen.append(running_on())
            end(pk, lease, DeploymentState.SUCCEEDED)
        return seen

    seen = at_once([lambda own=own: claim_and_end(own) for own in waiting])  # type: ignore[misc]

    assert max(map(max, seen)) == MOST
    assert Deployment.objects.filter(state="succeeded").count() == DEPLOYERS * ROUNDS


def claimed() -> list[tuple[UUID, UUID]]:
    """Deployments that run, and their leases."""
    found = [(each.pk, claim(each.pk)) for each in make_waiting(DEPLOYERS)]
    return [(pk, lease) for pk, lease in found if lease is not None]


def test_while_places_are_taken_and_left_no_more_are_taken_than_there_are(settings: Any) -> None:
    settings.REGISTRY_MAX_DEPLOYMENTS = DEPLOYERS
    small = Connection.objects.create(kind="source", backend="git@1", name="small", max_running=MOST)

    def take_and_leave(pk: UUID, lease: UUID) -> list[int]:
        seen = []
        for _ in range(ROUNDS):
            while not occupy(small, pk, lease):
                seen.append(running_on(small))
            time.sleep(WORK_SECONDS)
            seen.append(running_on(small))
            leave(pk, lease)
        return seen

    seen = at_once([lambda each=each: take_and_leave(*each) for each in claimed()])  # type: ignore[misc]

    assert max(map(max, seen)) == MOST
    assert running_on(small) == 0


def test_connection_that_rested_is_tried_by_one_of_many(settings: Any) -> None:
    settings.REGISTRY_MAX_DEPLOYMENTS = DEPLOYERS
    over = timezone.now() - timedelta(seconds=1)
    rested = Connection.objects.create(kind="source", backend="git@1", name="rested", fails=3, open_until=over)
    running = claimed()

    first = at_once([lambda each=each: occupy(rested, *each) for each in running])  # type: ignore[misc]
    note_success(rested)
    then = at_once([lambda each=each: occupy(rested, *each) for each in running])  # type: ignore[misc]

    assert (sum(first), sum(then)) == (1, DEPLOYERS)
