"""The list of deployments: filters, pages, and what it costs."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.catalog.admin.pages import count_queries
from tests.deployments.admin.visits import DEPLOYMENTS, make_deployment, sit, web_service
from tests.deployments.people import deployer, make_person, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return sit(make_person("boss", "Administrator"))


def found(client: Client, query: str = "") -> list[tuple[str, int]]:
    answer: Any = client.get(f"{DEPLOYMENTS}?{query}")
    return [(line.deployment.service.name, line.deployment.number) for line in answer.context["lines"]]


def test_filters_narrow(client: Client) -> None:
    one, two = web_service("one"), web_service("two", environment="staging")
    somebody, now = deployer(), timezone.now()
    first = make_deployment(one, requested_at=now - timedelta(days=20))
    make_deployment(one, "failed", requested_at=now - timedelta(days=3), requested_by=somebody)
    make_deployment(
        two, kind="rollback", artifact_of=make_deployment(two, "cancelled", requested_at=now - timedelta(hours=2)),
        requested_at=now - timedelta(hours=1),
    )  # fmt: skip
    make_deployment(one, "building", requested_at=now)

    assert found(client) == [("one", 3), ("two", 2), ("two", 1), ("one", 2), ("one", 1)]
    assert {
        query: found(client, query)
        for query in (
            "state=failed", "state=under-way", f"service={two.pk}", "environment=staging", "kind=rollback",
            f"who={somebody.pk}", "since=1", "since=7", "since=30&state=succeeded", "service=7", "since=-1", "who=x",
        )
    } == {
        "state=failed": [("one", 2)],
        "state=under-way": [("one", 3)],
        f"service={two.pk}": [("two", 2), ("two", 1)],
        "environment=staging": [("two", 2), ("two", 1)],
        "kind=rollback": [("two", 2)],
        f"who={somebody.pk}": [("one", 2)],
        "since=1": [("one", 3), ("two", 2), ("two", 1)],
        "since=7": [("one", 3), ("two", 2), ("two", 1), ("one", 2)],
        "since=30&state=succeeded": [("two", 2), ("one", first.number)],
        "service=7": found(client),
        "since=-1": found(client),
        "who=x": found(client),
    }  # fmt: skip
    assert found(client, "who=system")[-1] == ("one", 1)


def test_failed_one_tells_why_as_text(client: Client) -> None:
    make_deployment(web_service(), "failed", error_kind="permanent", error_message="<b>No</b> such branch")

    assert b"<bdi>&lt;b&gt;No&lt;/b&gt; such branch</bdi>" in client.get(DEPLOYMENTS).content


def test_three_cost_as_much_as_one(client: Client) -> None:
    make_deployment(web_service("one"))
    for_one = count_queries(client, DEPLOYMENTS)
    for name in ("two", "three"):
        make_deployment(web_service(name, team=team(name)), "failed", requested_by=deployer(name, of=name))

    assert count_queries(client, DEPLOYMENTS) == for_one


def test_empty_list_says_so(client: Client) -> None:
    assert b"Nothing was deployed yet." in client.get(DEPLOYMENTS).content
