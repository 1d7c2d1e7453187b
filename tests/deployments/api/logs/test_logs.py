"""`GET /deployments/{id}/logs`: lines after a line, for the team alone."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from catalog.models.clients import SCOPES
from deployments.api.logs import news
from deployments.models import Deployment, DeploymentState, ErrorKind
from tests.catalog.api.write.programs import program_of, refusal
from tests.deployments.api.logs.speech import READ, end, logs_of, make_deployment, reader, say
from tests.deployments.people import deployer, make_person

pytestmark = pytest.mark.django_db


def numbers(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [line["seq"] for line in answer.json()["lines"]]


def test_lines_come_in_order_after_the_one_that_was_seen() -> None:
    deployment, program = make_deployment(lines=7), reader()

    first = program.get(f"{logs_of(deployment)}?limit=3")
    second = program.get(f"{logs_of(deployment)}?after={first.json()['next']}&limit=3")
    rest = program.get(f"{logs_of(deployment)}?after={second.json()['next']}")

    assert [numbers(answer) for answer in (first, second, rest)] == [[1, 2, 3], [4, 5, 6], [7]]
    assert rest.json()["next"] == 7
    assert first.headers["Cache-Control"] == "no-store"


def test_answer_has_what_a_page_shows() -> None:
    deployment = make_deployment()
    say(deployment, "<b>half & half</b>")
    steps = [{"step": "fetch", "seconds": 0.25}]
    error = {"error_kind": ErrorKind.PERMANENT, "error_message": "No such branch.", "error_hint": "Name one."}
    end(deployment, state=DeploymentState.FAILED, steps=steps, **error)

    body = reader().get(logs_of(deployment)).json()

    assert (
        body.pop("lines")[0].items() >= {"seq": 1, "attempt": 1, "step": "build", "text": "<b>half & half</b>"}.items()
    )
    assert body == {
        "next": 1,
        "state": "failed",
        "isOver": True,
        "steps": [{"step": "fetch", "connection": None, "seconds": 0.25}],
        "error": {"kind": "permanent", "message": "No such branch.", "hint": "Name one."},
    }


def test_nothing_new_leaves_the_place_where_it_was() -> None:
    deployment = make_deployment(lines=2)

    body = reader().get(f"{logs_of(deployment)}?after=2").json()

    assert (body["lines"], body["next"], body["isOver"], body["error"]) == ([], 2, False, None)
    assert reader_after(deployment, 999_999_999) == ([], 999_999_999)


def reader_after(deployment: Deployment, after: int) -> tuple[list[Any], int]:
    body = program_of(deployer("late"), READ).get(f"{logs_of(deployment)}?after={after}").json()
    return body["lines"], body["next"]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("after=-1", "/after"),
        ("after=1000000000", "/after"),
        ("after=99999999999999999999999", "/after"),
        ("after=1.5", "/after"),
        ("after=", "/after"),
        ("after=%D9%A1", "/after"),
        ("limit=0", "/limit"),
        ("limit=5001", "/limit"),
        ("limit=all", "/limit"),
        ("after=1&after=2", "/after"),
        ("from=1", "/from"),
    ],
)
def test_absurd_ranges_are_refused_with_what_is_allowed(query: str, path: str) -> None:
    answer = reader().get(f"{logs_of(make_deployment())}?{query}")

    status, errors = refusal(answer)
    assert (status, [where for where, _ in errors]) == (400, [path])
    if path == "/limit":
        assert answer.json()["errors"][0]["message"] == "limit is a number from 1 to 5000."


def test_largest_page_is_given_whole() -> None:
    deployment = make_deployment(lines=5_100)

    assert len(numbers(reader().get(f"{logs_of(deployment)}?limit=5000"))) == 5_000
    assert len(numbers(program_of(deployer("two"), READ).get(logs_of(deployment)))) == 1_000


@pytest.mark.parametrize("what", ["logs", "events"])
def test_what_is_another_teams_is_not_there(what: str) -> None:
    shops, program = make_deployment(of="Shop"), reader(of="Web")

    answers = [program.get(f"/api/v1/deployments/{pk}/{what}") for pk in (shops.pk, uuid.uuid4())]

    assert [refusal(answer)[0] for answer in answers] == [404, 404]
    assert answers[0].json()["detail"] == f"There is no deployment {shops.pk}."


@pytest.mark.parametrize("what", ["logs", "events"])
def test_strangers_and_other_scopes_are_refused(what: str) -> None:
    address = f"/api/v1/deployments/{make_deployment().pk}/{what}"
    person = deployer()
    others = [scope for scope in SCOPES if scope.startswith(("services", "deployments")) and scope != READ]
    editor = make_person("editor", "Editor", "Web")

    assert refusal(Client().get(address))[0] == 401
    assert refusal(program_of(person, *others).get(address))[0] == 403
    assert refusal(program_of(editor, "entries:read").get(address))[0] == 403


def test_session_reads_too() -> None:
    deployment, client = make_deployment(lines=1), Client()
    client.force_login(deployer())

    assert numbers(client.get(logs_of(deployment))) == [1]


def test_a_long_page_costs_no_more_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    deployment = make_deployment(lines=300)
    rows = Deployment.objects.all()

    with django_assert_num_queries(2):
        news.read_news(rows, deployment.pk, after=0, limit=1000)
    with django_assert_num_queries(1):
        news.read_news(rows, deployment.pk, after=300, limit=1000)


def test_end_is_not_told_before_what_was_said_before_it() -> None:
    """The last line and the end come after the status was read, and before the lines are."""
    deployment = make_deployment(lines=1)
    rows = Deployment.objects.all()

    with connection.execute_wrapper(_Meanwhile(deployment)):
        found = news.read_news(rows, deployment.pk, after=0, limit=10)

    assert found is not None
    assert ([line["text"] for line in found.lines], found.is_over) == (["line 1", "the last line"], False)


class _Meanwhile:
    """Before the second query the deployment says its last line and ends."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment, self._queries = deployment, 0

    def __call__(self, execute: Any, *arguments: Any) -> Any:
        self._queries += 1
        if self._queries == 2:
            say(self._deployment, "the last line")
            end(self._deployment)
        return execute(*arguments)
