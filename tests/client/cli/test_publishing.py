"""`publish` and `rollback` against the real API in this process, whose worker works when a test says so."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import typer
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings
from registry_client.cli import publishing as command
from registry_client.cli.api import waiting

from catalog.actions.tokens import make_token
from catalog.api.write import plans
from catalog.models import Snapshot
from catalog.publishing.publish import run_publish
from tests.catalog.api.write.programs import person_with
from tests.client.cli.apis import API_URL, answer_by, problem, real_api
from tests.client.cli.conftest import Run
from tests.factories import SANITY, builder_document, outlet, provider_document, publish, save

pytestmark = pytest.mark.django_db
CHANGE = {
    "key": "providers/cms/sanity",
    "verb": "changed",
    "old_revision": 1,
    "new_revision": 2,
    "differences": [{"path": "/monthly_cost_range", "before": [65, 280], "after": [70, 300]}],
}


class Worker(httpx.BaseTransport):
    """The registry; it does what was asked for when somebody looks how far it is."""

    def __init__(self, web: httpx.BaseTransport) -> None:
        self._web = web
        self.asked: list[str] = []
        self.works, self.seen = True, True

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        if "/requests/" in request.url.path and self.works:
            for waiting_one in Snapshot.objects.filter(state="pending"):
                run_publish(waiting_one.pk, outlet=outlet())
            if self.seen:
                Snapshot.objects.filter(state="live").update(cdn_visible_at=timezone.now())
        return self._web.handle_request(request)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    with real_api() as web:
        transport = Worker(web)
        answer_by(monkeypatch, transport)
        yield transport


@pytest.fixture
def token(db: None) -> str:
    person = person_with("Publisher")
    scopes = ["snapshots:publish", "entries:read"]
    return make_token(by=person, owner=person, name="A command", scopes=scopes, days=1)[1]


@pytest.fixture
def call(run: Run, token: str, worker: Worker) -> Callable[..., Any]:
    return lambda *arguments, **more: run(*arguments, REGISTRY_API_URL=API_URL, REGISTRY_TOKEN=token, **more)


@pytest.fixture(autouse=True)
def _published(db: None) -> None:
    save("provider", SANITY)
    for name in ("decap", "tina"):
        save("provider", provider_document(name))
    publish()


def change_sanity() -> None:
    save("provider", {**SANITY, "monthly_cost_range": [70, 300]})


def serials() -> list[tuple[int | None, str, int | None, str]]:
    rows = Snapshot.objects.order_by("pk").values_list("serial", "state", "rolled_back_to", "note")
    return list(rows)


def test_plan_is_shown_and_nothing_done(call: Run, worker: Worker) -> None:
    change_sanity()
    ran = call("publish", "--dry-run")
    assert (ran.code, ran.out) == (
        0,
        "~ providers/cms/sanity\n    monthly_cost_range: $65-280 -> $70-300\nPlan: 1 changed.\n",
    )
    told = call("publish", "--dry-run", "--json").json
    assert (told["outcome"], told["request"]) == ("planned", None)
    assert told["plan"] == {
        "plan": told["plan"]["plan"],
        "counts": {"added": 0, "changed": 1, "removed": 0},
        "is_mass_change": False,
        "changes": [CHANGE],
        "problems": [],
    }
    assert [row[:2] for row in serials()] == [(1, "live")]


def test_publish_waits_until_readers_see_it(call: Run) -> None:
    change_sanity()
    ran = call("publish", "--yes", "--note", "Prices of autumn")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "Serial 2 is live, and readers see it.")
    assert serials() == [(1, "replaced", None, ""), (2, "live", None, "Prices of autumn")]


def test_publish_as_json_is_one_value(call: Run) -> None:
    change_sanity()
    told = call("publish", "-y", "--json").json
    assert (told["outcome"], told["plan"]["changes"]) == ("visible", [CHANGE])
    assert (told["request"]["serial"], told["request"]["state"]) == (2, "live")


def test_what_is_live_already_is_no_failure(call: Run) -> None:
    ran = call("publish", "--yes")
    assert (ran.code, ran.out) == (0, "There is nothing to publish: everything that is approved is live.\n")
    assert call("publish", "--yes", "--json").json["outcome"] == "nothing"
    assert call("rollback", "--to-serial", "1", "--reason", "Why", "--yes").code == 0
    assert len(serials()) == 1


def test_long_plans_are_read_whole(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "PLAN_PAGE", 2)
    monkeypatch.setattr(command, "SHOWN_CHANGES", 3)
    for number in range(5):
        save("builder", builder_document(f"new-{number}"))
    told = call("publish", "--dry-run", "--json").json
    keys = [change["key"] for change in told["plan"]["changes"]]
    assert keys == [f"builders/new-{number}" for number in range(5)]
    lines = call("publish", "--yes").out.splitlines()
    assert lines[3:5] == ["  and 2 more; --dry-run shows all.", "Plan: 5 added."]


def test_nobody_is_asked_in_a_pipe(call: Run) -> None:
    change_sanity()
    ran = call("publish")
    assert (ran.code, ran.err.splitlines()) == (
        2,
        ["Error: Nobody is there to be asked.", "Hint: Look at the plan with --dry-run, then pass --yes."],
    )
    assert len(serials()) == 1


def test_mass_change_needs_more_than_a_yes(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "is_mass_change", lambda *_, **__: True)
    for name in ("decap", "tina"):
        save("provider", provider_document(name, display_name="New"))
    ran = call("publish", "--yes")
    assert (ran.code, ran.err.splitlines()) == (
        1,
        [
            "Error: This changes or removes 2 entries at once, more than usual.",
            "Hint: If that is meant, pass --mass-change.",
        ],
    )
    assert len(serials()) == 1
    assert call("publish", "--yes", "--mass-change").code == 0
    assert serials()[-1][:2] == (2, "live")


def test_question_is_answered(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_refuse_unattended", lambda *_: None)
    change_sanity()
    refused = call("publish", typed="n\n")
    assert (refused.code, "Publish 1 changed? [y/N]" in refused.err, len(serials())) == (1, True, 1)
    ended = call("publish", typed="")
    assert (ended.code, ended.err.endswith("Error: Nothing was done.\n")) == (1, True)
    monkeypatch.setattr(plans, "is_mass_change", lambda *_, **__: True)
    assert (call("publish", typed="y\n").code, len(serials())) == (1, 1)
    assert (call("publish", typed="1\n").code, serials()[-1][:2]) == (0, (2, "live"))


def test_problems_are_listed_and_nothing_is_published(call: Run) -> None:
    old = {"state": "deprecated", "since": "2030-01-01", "reason": "Old.", "replacement": "providers/cms/decap"}
    save("provider", provider_document("tina", lifecycle=old))
    gone = {"state": "removed", "since": "2030-01-01", "reason": "Closed."}
    save("provider", provider_document("decap", lifecycle=gone))
    ran = call("publish", "--yes", "--json")
    assert (ran.code, ran.out) == (1, "")
    assert ran.error["name"] == "refused"
    assert [error["key"] for error in ran.error["errors"]] == ["providers/cms/tina"]
    assert len(serials()) == 1


def test_publish_that_fails_says_why(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    change_sanity()

    def fail(pk: int, **_: Any) -> None:
        Snapshot.objects.filter(pk=pk).update(state="failed", failure_reason="The bucket is away.")

    monkeypatch.setattr("tests.client.cli.test_publishing.run_publish", fail)
    ran = call("publish", "--yes")
    assert (ran.code, "Error: It failed: The bucket is away.\n" in ran.err) == (1, True)
    assert call("publish", "--yes", "--json").json["outcome"] == "failed"


def test_nobody_waits_for_ever(call: Run, worker: Worker, settings: Settings) -> None:
    change_sanity()
    worker.works = False
    ran = call("publish", "--yes", "--wait", "1")
    assert (ran.code, "is not live yet; the registry goes on by itself." in ran.err) == (3, True)
    Snapshot.objects.filter(state="pending").delete()
    ran = call("publish", "--yes", "--no-wait")
    assert (ran.code, ran.out.splitlines()[-1].endswith("was taken; the registry does it now.")) == (0, True)


def test_live_but_unseen_is_3(call: Run, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    change_sanity()
    worker.seen = False
    monkeypatch.setattr(waiting, "SEEN_SECONDS", 0.05)
    ran = call("publish", "--yes", "--json")
    assert (ran.code, ran.json["outcome"], ran.error["code"]) == (3, "unseen", 3)


def test_registry_without_a_public_address_is_not_waited_for(call: Run, worker: Worker, settings: Settings) -> None:
    settings.REGISTRY_PUBLIC_URL = ""
    change_sanity()
    worker.seen = False
    assert call("publish", "--yes", "--json").json["outcome"] == "live"


def test_rollback_to_a_serial(call: Run) -> None:
    change_sanity()
    call("publish", "--yes")
    assert "~ providers/cms/sanity" in call("rollback", "--to-serial", "1", "--dry-run").out
    ran = call("rollback", "--to-serial", "1", "--reason", "Wrong prices", "--yes")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "Serial 3 is live, and readers see it.")
    assert serials()[-1] == (3, "live", 1, "Wrong prices")
    assert call("rollback", "--to-serial", "77", "--dry-run").code == 4


def test_rollback_by_hours(call: Run) -> None:
    Snapshot.objects.update(published_at=timezone.now() - timedelta(hours=5))
    change_sanity()
    call("publish", "--yes")
    told = call("rollback", "--hours-ago", "3", "--reason", "Wrong", "--yes", "--json").json
    assert (told["plan"]["to_serial"], told["request"]["rolled_back_to"]) == (1, 1)
    ran = call("rollback", "--hours-ago", "9", "--reason", "Wrong", "--yes")
    assert (ran.code, ran.err.startswith("Error: Nothing was published before ")) == (4, True)


@pytest.mark.parametrize("hours", ["1e300", "1e8", "inf"])
def test_rollback_to_before_all_time_is_2(call: Run, hours: str) -> None:
    ran = call("rollback", "--hours-ago", hours, "--dry-run", "--json")
    assert (ran.code, ran.error["message"]) == (2, f"There was no time {float(hours)} hours ago.")


def test_ctrl_c_at_the_question_is_130(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def press(*_: Any, **__: Any) -> None:
        raise typer.Abort from KeyboardInterrupt()

    monkeypatch.setattr(command, "_refuse_unattended", lambda *_: None)
    monkeypatch.setattr("typer.confirm", press)
    change_sanity()
    ran = call("publish")
    assert (ran.code, ran.err, len(serials())) == (130, "Stopped.\n", 1)


@pytest.mark.parametrize(
    "arguments",
    [
        ["rollback", "--reason", "Why"],
        ["rollback", "--to-serial", "1", "--hours-ago", "2", "--reason", "Why"],
        ["rollback", "--to-serial", "1"],
        ["rollback", "--to-serial", "0", "--reason", "Why"],
    ],
)
def test_rollback_that_cannot_be_meant_is_2(call: Run, worker: Worker, arguments: list[str]) -> None:
    assert (call(*arguments).code, worker.asked) == (2, [])


def test_token_without_the_scope_is_5(run: Run, worker: Worker) -> None:
    person: User = person_with("Viewer")
    text = make_token(by=person, owner=person, name="A command", scopes=["entries:read"], days=1)[1]
    ran = run("publish", "--yes", REGISTRY_API_URL=API_URL, REGISTRY_TOKEN=text)
    assert (ran.code, "Hint: The token lacks a scope" in ran.err) == (5, True)


def test_plan_that_changed_meanwhile_is_6(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "dry_run" in request.url.params:
            plan = {"plan": "a" * 64, "counts": {"added": 1, "changed": 0, "removed": 0}, "is_mass_change": False}
            change = {"key": "builders/a", "verb": "added", "differences": []}
            return httpx.Response(200, json={**plan, "changes": [change], "next_cursor": None, "problems": []})
        return problem(409, "What would be published is not what you have seen.")

    answer_by(monkeypatch, httpx.MockTransport(answer))
    ran = run("publish", "--yes", REGISTRY_API_URL=API_URL, REGISTRY_TOKEN="reg_a_b")
    assert (ran.code, ran.err) == (6, "Error: What would be published is not what you have seen.\n")
