"""The connections of a step: the next one after a transient failure, places that are given back, waiting for one."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from deployments.actions.requests import request_deployment
from deployments.contract import Context, PermanentError, TransientError
from deployments.models import Connection, Deployment, DeploymentState, Service
from deployments.runner import failover
from deployments.runner.claims import claim, end, record
from deployments.runner.routing import leave, occupy
from tests.deployments.fakes import Script
from tests.deployments.runs import attempt, fail, log_of, make_fake_service, run

pytestmark = pytest.mark.usefixtures("in_process")


@pytest.fixture
def service(script: type[Script]) -> Service:
    return make_fake_service()


def test_transient_error_goes_to_the_next_connection_and_is_logged(service: Service, script: type[Script]) -> None:
    for name, priority in (("main", 0), ("spare", 1)):
        Connection.objects.create(
            kind="source", backend="fake@1", name=name, priority=priority, config={"text": f"from {name}"}
        )
    Service.objects.update(source_config={})
    broken = [fail(TransientError("Busy."))]
    script.acts["fetch"] = lambda context: broken.pop()(context) if broken else None

    deployment = run(Service.objects.get())

    assert (deployment.state, deployment.attempt, script.live) == ("succeeded", 1, ["from spare"])
    said = re.sub(r"(?m)^(?!.*(main|spare)).*\n?", "", log_of(deployment)).splitlines()
    assert said == ["Using the connection main.", "main failed: Busy.", "Using the connection spare."]
    assert Connection.objects.get(name="main").fails == 1
    ran_on = [(step["step"], step["connection"]) for step in deployment.steps]
    assert ran_on[:5] == [
        ("resolve", "main"), ("fetch", "main"), ("resolve", "spare"), ("fetch", "spare"), ("build", None),
    ]  # fmt: skip
    assert {frozenset(step) for step in deployment.steps} == {frozenset(("step", "connection", "seconds"))}


def test_steps_that_failed_everywhere_say_where(service: Service, script: type[Script]) -> None:
    for name, priority in (("main", 0), ("spare", 1)):
        Connection.objects.create(kind="build", backend="fake@1", name=name, priority=priority)
    script.acts["build"] = fail(TransientError("Busy.", retry_after_seconds=0))

    deployment = run(service)
    attempt(deployment)

    ran_on = [(step["step"], step["connection"]) for step in deployment.steps]
    assert ran_on == [("resolve", None), ("fetch", None), ("build", "main"), ("build", "spare")] * 2


def test_place_on_a_connection_is_given_back_after_its_step(service: Service, script: type[Script]) -> None:
    Connection.objects.create(kind="source", backend="fake@1", name="small", max_running=1)
    seen: dict[str, Any] = {}

    def look(name: str) -> Any:
        return lambda context: seen.update({name: Deployment.objects.get().connection})

    script.acts.update({"fetch": look("fetch"), "build": look("build")})

    run(service)

    assert {name: connection and connection.name for name, connection in seen.items()} == {
        "fetch": "small", "build": None,
    }  # fmt: skip


def test_busy_connection_is_waited_for_and_costs_no_attempt(
    service: Service, script: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = Connection.objects.create(kind="source", backend="fake@1", name="small", max_running=1)
    other = request_deployment(make_fake_service("other"), by=None)
    lease = claim(other.pk)
    assert lease is not None
    record(other.pk, lease, connection=connection)

    def other_ends(_seconds: float) -> None:
        end(other.pk, lease, DeploymentState.SUCCEEDED)

    monkeypatch.setattr(time, "sleep", other_ends)

    deployment = run(service)

    assert (deployment.state, deployment.attempt) == ("succeeded", 1)
    assert log_of(deployment).count("Every connection that fits is busy: waiting for one.") == 1


def test_when_all_rest_the_next_attempt_is_for_the_first_that_has_rested(service: Service) -> None:
    rested, later = (timezone.now() + timedelta(minutes=minutes) for minutes in (5, 14))
    for name, until in (("exhausted", later), ("tired", rested)):
        Connection.objects.create(kind="source", backend="fake@1", name=name, open_until=until)

    deployment = run(service)

    assert (deployment.state, deployment.error_message) == ("queued", "Every connection that fits rests.")
    assert rested <= deployment.after < later


def test_while_one_tries_what_rested_others_go_elsewhere(service: Service, script: type[Script]) -> None:
    rested = timezone.now() - timedelta(seconds=1)
    main = Connection.objects.create(kind="source", backend="fake@1", name="main", fails=3, open_until=rested)
    other, seen = make_fake_service("other"), list[Deployment]()

    def run_other(context: Context) -> None:
        script.acts.clear()
        seen.append(run(other))

    script.acts["fetch"] = run_other

    tried = run(service)

    main.refresh_from_db()
    assert (tried.state, [(each.state, each.error_message) for each in seen]) == (
        "succeeded", [("queued", "Every connection that fits rests.")],
    )  # fmt: skip
    assert (main.fails, main.open_until) == (0, None)
    assert seen[0].started_at is not None
    assert seen[0].after >= seen[0].started_at + timedelta(seconds=failover.REST_SECONDS)


@pytest.mark.parametrize(("error", "fails"), [(None, 0), (TransientError("Busy."), 4)])
def test_how_it_went_is_known_before_the_next_one_may_try(
    error: Exception | None, fails: int, service: Service, script: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    rested = timezone.now() - timedelta(seconds=1)
    Connection.objects.create(kind="source", backend="fake@1", name="main", fails=3, open_until=rested)
    script.acts.update({"fetch": fail(error)} if error else {})
    seen = list[int]()

    def look_and_leave(*arguments: Any) -> None:
        seen.append(Connection.objects.get().fails)
        leave(*arguments)

    monkeypatch.setattr(failover, "leave", look_and_leave)

    run(service)

    assert seen == [fails]


def test_connection_that_is_taken_in_the_last_moment_is_waited_for(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = Connection.objects.create(kind="source", backend="fake@1", name="small", max_running=1)
    tries = list[Connection]()

    def occupy_late(found: Connection, *arguments: Any) -> bool:
        tries.append(found)
        return len(tries) > 1 and occupy(found, *arguments)

    monkeypatch.setattr(failover, "occupy", occupy_late)
    monkeypatch.setattr(failover, "WAIT_SECONDS", 0)

    deployment = run(service)

    assert (deployment.state, deployment.attempt, tries[:2]) == ("succeeded", 1, [connection] * 2)


@pytest.mark.parametrize(
    ("routing", "wanted"),
    [({"connection": "typo"}, "is named 'typo'"), ({"labels": {"place": "moon"}}, "has the labels place=moon")],
)
def test_routing_that_admits_no_connection_is_said_at_once(
    routing: dict[str, Any], wanted: str, service: Service
) -> None:
    resting = timezone.now() + timedelta(minutes=5)
    for name, priority in (("main", 1), ("spare", 0)):
        Connection.objects.create(kind="source", backend="fake@1", name=name, priority=priority, open_until=resting)
    Service.objects.update(routing={"source": routing})

    deployment = run(Service.objects.get())

    assert (deployment.state, deployment.error_kind) == ("failed", "permanent")
    assert deployment.error_message == f"No connection of fake@1 {wanted}."
    assert deployment.error_hint == "Change the routing of the service; there are: main, spare."


def test_permanent_error_never_fails_over(service: Service, script: type[Script]) -> None:
    for name in ("one", "two"):
        Connection.objects.create(kind="source", backend="fake@1", name=name)
    script.acts["fetch"] = fail(PermanentError("No."))

    assert (run(service).state, script.done.count("fetch")) == ("failed", 1)
