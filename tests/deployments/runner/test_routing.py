"""Which connection does the work: priority, weight, who is left out, and when one rests."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from deployments.models import Connection, Deployment
from deployments.runner.claims import claim, sweep
from deployments.runner.routing import (
    Place,
    are_worth_waiting_for,
    candidates,
    leave,
    note_failure,
    note_success,
    occupy,
    rank,
)
from tests.deployments.services import make_service, queue

ABC = [Place("a", 0, 1), Place("b", 0, 2), Place("c", 0, 1)]
SERVICES = [UUID(int=at) for at in range(20_000)]


def connect(name: str, **values: Any) -> Connection:
    return Connection.objects.create(kind="source", backend="git@1", name=name, **values)


def names(routing: dict[str, Any] | None = None) -> set[str]:
    return {each.name for each in candidates("source", "git@1", routing or {}, uuid4())}


def claimed(name: str) -> tuple[UUID, UUID]:
    """A deployment that runs, and its lease."""
    deployment = queue(make_service(name))
    lease = claim(deployment.pk)
    assert lease is not None
    return deployment.pk, lease


def test_work_is_shared_by_weight() -> None:
    firsts = Counter(rank(ABC, service)[0] for service in SERVICES)

    wanted = {"a": 0.25, "b": 0.5, "c": 0.25}
    off = {name: abs(firsts[name] / len(SERVICES) - share) for name, share in wanted.items()}
    assert max(off.values()) < 0.02


def test_only_the_services_of_one_that_is_out_move() -> None:
    without = [place for place in ABC if place.name != "b"]

    moved = {rank(ABC, service)[0] for service in SERVICES if rank(ABC, service)[0] != rank(without, service)[0]}

    assert moved == {"b"}


def test_lower_priority_comes_first_whatever_the_weight() -> None:
    places = [Place("spare", 1, 1_000), Place("main", 0, 1)]

    assert {tuple(rank(places, service)) for service in SERVICES[:100]} == {("main", "spare")}


@pytest.mark.django_db
def test_connections_that_cannot_serve_are_left_out() -> None:
    connect("fits")
    connect("off", is_enabled=False)
    connect("rests", open_until=timezone.now() + timedelta(minutes=1))
    connect("rested", open_until=timezone.now() - timedelta(minutes=1))
    Connection.objects.create(kind="source", backend="github@1", name="other")

    assert names() == {"fits", "rested"}


@pytest.mark.django_db
def test_service_chooses_by_name_or_labels() -> None:
    connect("eu-1", labels={"region": "eu", "size": "big"})
    connect("us-1", labels={"region": "us"})

    assert names({"connection": "us-1"}) == {"us-1"}
    assert names({"labels": {"region": "eu"}}) == {"eu-1"}
    assert names({"labels": {"region": "eu", "size": "small"}}) == set()


@pytest.mark.django_db
def test_full_connection_is_left_out_and_not_occupied() -> None:
    connection = connect("small", max_running=1)

    taken = [occupy(connection, *claimed(name)) for name in ("a", "b")]

    assert (taken, names()) == ([True, False], set())


@pytest.fixture
def rested() -> Connection:
    """It has failed, and its rest is over."""
    return connect("rested", fails=4, open_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db
def test_connection_that_rested_is_tried_by_one(rested: Connection) -> None:
    one, other = claimed("a"), claimed("b")

    taken = [occupy(rested, *each) for each in (one, other)]

    assert (taken, names(), are_worth_waiting_for("source", "git@1", {}, tried=set())) == ([True, False], set(), False)


@pytest.mark.django_db
def test_connection_that_works_again_serves_all(rested: Connection) -> None:
    one, other, third = claimed("a"), claimed("b"), claimed("c")
    occupy(rested, *one)

    note_success(rested)

    assert names() == {"rested"}
    # It was read while it rested: what counts is what it is now.
    assert [occupy(rested, *each) for each in (other, third)] == [True, True]


@pytest.mark.django_db
def test_connection_that_fails_again_rests_on(rested: Connection) -> None:
    one, other = claimed("a"), claimed("b")
    occupy(rested, *one)

    note_failure(rested)
    leave(*one)

    assert (occupy(rested, *other), names()) == (False, set())


@pytest.mark.django_db
def test_death_of_the_one_that_tries_lets_the_next_one_try_even_itself(rested: Connection) -> None:
    (dead, lease), (other, other_lease) = claimed("a"), claimed("b")
    occupy(rested, dead, lease)
    Deployment.objects.filter(pk=dead).update(lease_expires_at=timezone.now())
    sweep()

    again = claim(dead)

    assert (names(), again is not None and occupy(rested, dead, again)) == ({"rested"}, True)
    assert not occupy(rested, other, other_lease)


@pytest.mark.django_db
def test_connection_that_was_switched_off_or_removed_meanwhile_is_not_occupied() -> None:
    off, gone, one = connect("off"), connect("gone"), claimed("a")
    Connection.objects.filter(pk=off.pk).update(is_enabled=False)
    Connection.objects.filter(pk=gone.pk).delete()

    assert [occupy(each, *one) for each in (off, gone)] == [False, False]


@pytest.mark.django_db
def test_three_failures_in_a_row_are_a_rest_that_grows_and_success_ends_it() -> None:
    connection = connect("shaky")
    rests = []
    for _ in range(12):
        note_failure(connection)
        connection.refresh_from_db()
        rests.append(round((connection.open_until - timezone.now()).total_seconds()) if connection.open_until else 0)

    assert rests[:5] == [0, 0, 30, 60, 120]
    assert rests[-1] == 900
    note_success(connection)
    connection.refresh_from_db()
    assert (connection.fails, connection.open_until) == (0, None)
