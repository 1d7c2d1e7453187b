"""The page of a deployment: how it stands, what went wrong, its steps and attempts, and what exactly ran."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from deployments.models import BackendKind, Connection
from tests.catalog.admin.pages import count_queries, sentences
from tests.deployments.admin.visits import buttons, make_artifact, make_deployment, page_of, say, sit, web_service
from tests.deployments.people import deployer
from tests.factories import publish

pytestmark = pytest.mark.django_db
RAN: dict[str, Any] = {
    "backends": {
        "source": {"backend": "inline@1", "version": "1.0.3"},
        "target": {"backend": "s3@1", "version": "1.2.0"},
    },
    "configs": {"source": {"token": {"$secret": "TOKEN"}}, "build": {}, "target": {"bucket": "\u202egnp.exe"}},
    "schemas": {"source": "5c" * 32},
}


@pytest.fixture
def client() -> Client:
    return sit(deployer())


def words(answer: Any) -> str:
    return " ".join(sentences(answer).split())


@pytest.mark.parametrize(
    ("state", "values", "headline", "detail"),
    [
        ("queued", {}, "Waiting to start", "It starts in a moment."),
        ("building", {}, "Building", "At the step “Build”."),
        ("deploying", {"attempt": 2}, "Making live", "At the step “Upload”, attempt 2 of 3."),
        ("building", {"cancel_requested_at": timezone.now()}, "Stopping", "Cancelling was asked for at"),
        ("succeeded", {}, "It is live", ""),
        ("failed", {}, "It failed", "Nothing of this service is live yet."),
        ("cancelled", {}, "Cancelled", "Nothing of this service is live yet."),
        ("superseded", {}, "Replaced by a newer request", "It never began"),
    ],
)
def test_each_state_is_told(client: Client, state: str, values: dict[str, Any], headline: str, detail: str) -> None:
    deployment = make_deployment(web_service(), state, **values)

    standing = client.get(page_of(deployment)).context["standing"]

    assert (standing.headline, detail in standing.detail) == (headline, True)
    assert (standing.seconds is not None) == (state in ("building", "deploying"))


def test_one_that_waits_says_for_what(client: Client) -> None:
    service, now = web_service(), timezone.now()
    running = make_deployment(service, "building")
    waiting = make_deployment(service, "queued", requested_at=now - timedelta(minutes=5))

    def detail() -> str:
        return str(client.get(page_of(waiting)).context["standing"].detail)

    assert detail() == "Deployment 1 of this service runs; this one begins when that has ended."
    running.state, running.lease, running.lease_expires_at, running.finished_at = "failed", None, None, now
    running.save()
    assert detail() == "It starts as soon as a deployer is free."
    waiting.attempt, waiting.error_kind = 1, "transient"
    waiting.save()
    assert detail().startswith("Attempt 2 of 3 begins at ")
    assert "It is tried again by itself" in words(client.get(page_of(waiting)))


def test_one_that_was_live_names_what_is(client: Client) -> None:
    service = web_service()
    old = make_deployment(service)
    back = make_deployment(service, kind="rollback", artifact_of=old, artifact=old.artifact)

    assert client.get(page_of(old)).context["standing"].detail == "Deployment 2 is live now."
    assert "It brought back what deployment 1 made live." in words(client.get(page_of(back)))


def test_what_is_just_made_live_has_no_cancel(client: Client) -> None:
    service = web_service()
    running = make_deployment(service, "deploying")
    assert buttons(client.get(page_of(running))) == {"cancel"}
    service.active = running
    service.save()

    answer = client.get(page_of(running))

    assert (buttons(answer), "It cannot be stopped any more." in words(answer)) == (set(), True)


@pytest.mark.parametrize(
    ("kind", "advice"),
    [
        ("permanent", "Change what it says, then deploy again."),
        ("transient", "wait a little and deploy again"),
        ("timeout", "Look in the log at what it was waiting for"),
        ("lost", "its deployers die"),
        ("bug", "This is not your fault."),
    ],
)
def test_failure_stands_first_with_its_hint_and_what_to_do(client: Client, kind: str, advice: str) -> None:
    service = web_service()
    make_deployment(service)
    error = {"error_kind": kind, "error_message": "There is no <branch>.\nLook.", "error_hint": "Name another."}
    answer = client.get(page_of(make_deployment(service, "failed", **error)))

    page = words(answer)
    assert page.index("It failed: ") < page.index("There is no &lt;branch&gt;.") < page.index('id="steps"')
    assert "What helps:</strong> Name another." in page
    assert advice in page
    assert "Deployment 1 stays live." in page
    assert "deploy" in buttons(answer)


def test_steps_are_done_current_and_to_come(client: Client) -> None:
    done = [{"step": "resolve", "seconds": 0.25}, {"step": "fetch", "seconds": 75.0, "connection": "mirror"}]
    deployment = make_deployment(web_service(), "building", steps=done)

    answer = client.get(page_of(deployment))

    steps = [(step.name, step.mark, step.duration, step.connection) for step in answer.context["steps"]]
    assert steps == [
        ("resolve", "done", "0.2 s", ""),
        ("fetch", "done", "1 min 15 s", "mirror"),
        ("build", "current", "", ""),
        ("verify", "next", "", ""),
        ("upload", "next", "", ""),
        ("probe", "next", "", ""),
        ("activate", "next", "", ""),
    ]
    assert 'aria-current="step"' in answer.content.decode()


@pytest.mark.parametrize(
    ("state", "error", "mark"),
    [
        ("failed", "permanent", "failed"),
        ("failed", "lost", "done"),
        ("cancelled", "", "stopped"),
        ("queued", "transient", "failed"),
        ("succeeded", "", "done"),
    ],
)
def test_last_step_says_how_it_ended(client: Client, state: str, error: str, mark: str) -> None:
    steps = [{"step": "resolve", "seconds": 1}, {"step": "fetch", "seconds": 1}]
    deployment = make_deployment(web_service(), state, steps=steps, error_kind=error)

    assert [step.mark for step in client.get(page_of(deployment)).context["steps"]] == ["done", mark]


def test_attempts_are_told_where_there_were_several(client: Client) -> None:
    deployment = make_deployment(web_service())
    say(deployment, "one", "The mirror <b>failed</b>.")
    assert "Attempt 1</span> began" not in words(client.get(page_of(deployment)))
    say(deployment, "two", "Succeeded.", attempt=2)

    page = words(client.get(page_of(deployment)))

    assert "Attempt 1</span> began at" in page
    assert 'href="?line=3#L3"' in page
    assert "The mirror &lt;b&gt;failed&lt;/b&gt;." in page


def test_what_exactly_ran_is_all_there(client: Client) -> None:
    service = web_service()
    snapshot = publish()
    connection = Connection.objects.create(kind="source", backend="inline@1", name="mirror")
    before = make_deployment(service)
    deployment = make_deployment(
        service, **RAN, registry_serial=snapshot.serial, replaces=before, connection=connection, uses_cache=False,
        release={"id": "rel-1", "url": "https://site.example.com/"},
    )  # fmt: skip

    page = words(client.get(page_of(deployment)))

    assert deployment.artifact is not None
    for fact in (
        "sha256:abc", "inline@1</span>, version 1.0.3", "s3@1</span>, version 1.2.0", "5c" * 32, "mirror",
        f"/admin/catalog/snapshot/{snapshot.pk}/change/", f"Serial {snapshot.serial}", deployment.artifact.digest,
        "rel-1", "https://site.example.com/", "Deployment 1</a>", "&quot;$secret&quot;: &quot;TOKEN&quot;",
        r"\u202egnp.exe", "Without the cache of earlier builds.",
    ):  # fmt: skip
        assert fact in page
    assert "\u202e" not in page


def test_what_is_no_longer_kept_says_so(client: Client) -> None:
    service, collected = web_service(), make_artifact(collected_at=timezone.now())
    old = make_deployment(service, artifact=collected, configs={str(kind): {} for kind in BackendKind})
    make_deployment(service)

    answer = client.get(page_of(old))

    assert "What it built is no longer kept, so it cannot be rolled back to; deploying it again builds" in words(answer)
    assert buttons(answer) == {"redeploy"}


def test_state_is_the_page_without_its_log(client: Client) -> None:
    deployment = make_deployment(web_service(), "building", steps=[{"step": "resolve", "seconds": 1}])
    say(deployment, "many words")

    answer = client.get(page_of(deployment, "state"))
    page = answer.content.decode()

    assert [part in page for part in ('id="standing"', 'id="steps"', 'id="facts"', "<html", "many words")] == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert buttons(answer) == {"cancel"}


def test_page_costs_the_same_however_much_was_said(client: Client) -> None:
    service = web_service()
    deployment = make_deployment(service, **RAN, registry_serial=7)
    say(deployment, "one")
    for_one = count_queries(client, page_of(deployment))
    say(deployment, *["two"] * 50, attempt=2)
    for _ in range(3):
        make_deployment(service)

    assert count_queries(client, page_of(deployment)) == for_one
