"""Which connection does the work: priority, weight, who is left out, and when one rests."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from deployments.models import Connection
from deployments.runner.claims import claim
from deployments.runner.routing import Place, candidates, note_failure, note_success, occupy, rank
from tests.deployments.services import make_service, queue

ABC = [Place("a", 0, 1), Place("b", 0, 2), Place("c", 0, 1)]
SERVICES = [UUID(int=at) for at in range(20_000)]


def connect(name: str, **values: Any) -> Connection:
    return Connection.objects.create(kind="source", backend="git@1", name=name, **values)


def names(routing: dict[str, Any] | None = None) -> set[str]:
    return {each.name for each in candidates("source", "git@1", routing or {}, uuid4())}


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
    first, second = queue(make_service("a")), queue(make_service("b"))
    leases = [claim(each.pk) for each in (first, second)]
    assert None not in leases

    taken = [occupy(connection, each.pk, lease) for each, lease in zip((first, second), leases, strict=True) if lease]

    assert (taken, names()) == ([True, False], set())


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
