"""Attempts on fake backends: every step that can fail, and what is live afterwards."""

import time
from typing import Any

import pytest
from django.conf import settings as configured
from django.utils import timezone

from deployments.actions.errors import RefusedError
from deployments.actions.requests import request_cancel, request_deployment, request_rollback
from deployments.actions.secrets import set_secret
from deployments.contract import Context, PermanentError, TransientError
from deployments.models import Deployment, LogLine, Service
from deployments.runner import hold
from deployments.runner.running import sweep_deployments
from tests.deployments.fakes import Script
from tests.deployments.runs import attempt, fail, log_of, make_fake_service, run

ALL = ["resolve", "fetch", "build", "upload", "probe", "activate"]


pytestmark = pytest.mark.usefixtures("in_process")


@pytest.fixture
def service(script: type[Script]) -> Service:
    return make_fake_service()


def test_deployment_goes_all_the_way_and_says_what_ran(service: Service, script: type[Script]) -> None:
    deployment = run(service)

    service.refresh_from_db()
    assert (deployment.state, service.active, script.done, script.live) == ("succeeded", deployment, ALL, ["one"])
    assert deployment.backends == {
        "source": {"backend": "fake@1", "version": "1.2.3"},
        "build": {"backend": "fake@1", "version": "1.0.0"},
        "target": {"backend": "fake@1", "version": "1.0.0"},
    }
    assert (deployment.revision, deployment.attempt, deployment.lease) == ("revision-1", 1, None)
    assert deployment.configs["source"] == {"text": "one"}
    assert [step["step"] for step in deployment.steps] == ["resolve", "fetch", "build", "verify", *ALL[3:]]
    assert deployment.artifact is not None
    assert (configured.REGISTRY_ARTIFACT_DIR / deployment.artifact.digest / "index.html").read_text() == "one"
    assert list(configured.REGISTRY_WORK_DIR.iterdir()) == []
    assert list(deployment.lines.values_list("seq", flat=True)) == list(range(1, deployment.lines.count() + 1))
    assert log_of(deployment).endswith("Succeeded.")


@pytest.mark.parametrize("step", ALL)
def test_permanent_error_in_any_step_leaves_what_is_live(step: str, service: Service, script: type[Script]) -> None:
    before = run(service)
    Service.objects.update(source_config={"text": "two"})
    broken = [fail(PermanentError("It is gone.", hint="Bring it back."))]
    script.acts[step] = lambda context: broken.pop()(context) if broken else None

    deployment = run(service)

    service.refresh_from_db()
    assert (deployment.state, deployment.error_kind) == ("failed", "permanent")
    assert (deployment.error_message, deployment.error_hint) == ("It is gone.", "Bring it back.")
    assert (service.active, script.live[-1]) == (before, "one")
    assert list(configured.REGISTRY_WORK_DIR.iterdir()) == []


@pytest.mark.parametrize("step", ALL)
def test_transient_error_is_tried_again_later_and_succeeds(step: str, service: Service, script: type[Script]) -> None:
    script.acts[step] = fail(TransientError("Busy.", retry_after_seconds=60))
    deployment = run(service)
    first = (deployment.state, deployment.error_message, deployment.after > timezone.now())
    script.acts.clear()
    Deployment.objects.update(after=timezone.now())

    attempt(deployment)

    # What the database calls live is finished, and never queued behind others.
    assert first == ("deploying" if step == "activate" else "queued", "Busy.", True)
    assert (deployment.state, deployment.attempt, script.live) == ("succeeded", 2, ["one"])
    assert (deployment.error_kind, deployment.error_message) == ("", "")


def test_third_transient_error_is_the_end(service: Service, script: type[Script]) -> None:
    script.acts["fetch"] = fail(TransientError("Busy.", retry_after_seconds=0))
    deployment = run(service)

    attempt(deployment)
    attempt(deployment)

    assert (deployment.state, deployment.attempt, deployment.error_message) == ("failed", 3, "Busy.")


def test_fault_of_ours_is_no_traceback(service: Service, script: type[Script]) -> None:
    script.acts["build"] = fail(ZeroDivisionError("secret detail"))

    deployment = run(service)

    assert (deployment.state, deployment.error_kind) == ("failed", "bug")
    assert str(deployment.pk) in deployment.error_hint
    assert "secret detail" not in log_of(deployment) + deployment.error_message


def test_cancel_is_seen_while_it_works(service: Service, script: type[Script], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "POLL_SECONDS", 0.5)

    def work_until_stopped(context: Context) -> None:
        request_cancel(Deployment.objects.get(pk=context.deployment_id), by=None)
        while True:
            context.check()

    script.acts["build"] = work_until_stopped

    deployment = run(service)

    assert (deployment.state, script.done) == ("cancelled", ["resolve", "fetch", "build"])


def test_cancel_after_the_flip_comes_too_late(
    service: Service, script: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hold, "POLL_SECONDS", 0.3)

    def be_cancelled_meanwhile(context: Context) -> None:
        with pytest.raises(RefusedError, match="being made live"):
            request_cancel(Deployment.objects.get(pk=context.deployment_id), by=None)
        Deployment.objects.update(cancel_requested_at=timezone.now())
        time.sleep(1)
        context.check()

    script.acts["activate"] = be_cancelled_meanwhile

    deployment = run(service)

    service.refresh_from_db()
    assert (deployment.state, service.active, script.live) == ("succeeded", deployment, ["one"])


@pytest.mark.parametrize(
    ("error", "kind", "attempts"),
    [
        (TransientError("Busy.", retry_after_seconds=0), "transient", 3),
        (ZeroDivisionError(), "bug", 1),
        (PermanentError("No."), "permanent", 1),
    ],
)
def test_target_that_refuses_for_good_serves_what_it_served(
    error: Exception, kind: str, attempts: int, service: Service, script: type[Script]
) -> None:
    before = run(service)
    Service.objects.update(source_config={"text": "two"})
    refusals = [fail(error)] * attempts
    script.acts["activate"] = lambda context: refusals.pop()(context) if refusals else None

    deployment = run(service)
    for _ in range(attempts - 1):
        attempt(deployment)

    service.refresh_from_db()
    assert (deployment.state, deployment.error_kind, deployment.attempt) == ("failed", kind, attempts)
    assert (service.active, script.live) == (before, ["one", "one"])
    assert f"Deployment {before.number} stays live." in log_of(deployment)


def test_target_that_cannot_clean_up_leaves_the_deployment_live(service: Service, script: type[Script]) -> None:
    script.acts["remove"] = fail(ZeroDivisionError())

    states = [run(service).state for _ in range(6)]

    assert (states, script.done.count("remove")) == (["succeeded"] * 6, 1)


def test_time_that_is_over_is_a_failure_in_words(service: Service, script: type[Script], settings: Any) -> None:
    settings.REGISTRY_DEPLOYMENT_SECONDS = 0

    deployment = run(service)

    assert (deployment.state, deployment.error_kind, script.done) == ("failed", "timeout", [])
    assert deployment.error_message == "It took longer than 0 minutes."


def test_worker_that_lost_its_lease_publishes_nothing(service: Service, script: type[Script]) -> None:
    def be_frozen(context: Context) -> None:
        Deployment.objects.update(lease_expires_at=timezone.now())
        sweep_deployments(poke=lambda pk: None)

    script.acts["probe"] = be_frozen

    deployment = run(service)

    service.refresh_from_db()
    assert (deployment.state, service.active, script.live) == ("queued", None, [])


def test_death_between_flip_and_activate_is_made_good(service: Service, script: type[Script]) -> None:
    class Killed(BaseException):
        pass

    def be_killed(context: Context) -> None:
        raise Killed

    script.acts["activate"] = be_killed
    with pytest.raises(Killed):
        run(service)
    script.acts.clear()
    Deployment.objects.update(lease_expires_at=timezone.now())
    sweep_deployments(poke=lambda pk: None)

    deployment = attempt(Deployment.objects.get())

    service.refresh_from_db()
    assert (deployment.state, service.active, script.live) == ("succeeded", deployment, ["one"])
    assert script.done[len(ALL) :] == ["activate"]


def test_rollback_brings_back_without_building_and_pins(service: Service, script: type[Script]) -> None:
    first = run(service)
    Service.objects.update(source_config={"text": "two"})
    run(service)
    del script.done[:]

    rollback = attempt(request_rollback(service, to=first, by=None))

    service.refresh_from_db()
    assert (rollback.state, rollback.kind, service.active, service.is_pinned) == (
        "succeeded", "rollback", rollback, True,
    )  # fmt: skip
    assert (script.live, script.done) == (["one", "two", "one"], ["upload", "probe", "activate"])
    assert (rollback.revision, rollback.configs) == (first.revision, first.configs)


def test_secret_is_masked_in_the_log_and_not_built_in(service: Service, script: type[Script]) -> None:
    set_secret(service, "token", "hunter22-very-secret")
    script.acts["fetch"] = lambda context: context.log(f"token={context.secret({'$secret': 'token'})}")
    Service.objects.update(source_config={"text": "hunter22-very-secret"})

    deployment = run(service)

    assert deployment.error_message == "The file 'index.html' of the build holds a secret."
    assert "token=[hidden]" in log_of(deployment)
    assert not LogLine.objects.filter(text__contains="hunter22").exists()


def test_missing_secret_is_a_message(service: Service, script: type[Script]) -> None:
    script.acts["fetch"] = lambda context: context.secret({"$secret": "token"})

    assert run(service).error_message == "There is no secret 'token'."


def test_missing_backend_is_a_message(service: Service) -> None:
    Service.objects.update(source_backend="gone@1")

    deployment = run(Service.objects.get())

    assert (deployment.state, deployment.error_kind) == ("failed", "permanent")
    assert deployment.error_message.startswith("There is no 'gone@1' among registry.sources: ")


def test_log_that_never_ends_is_cut_with_a_word(service: Service, script: type[Script]) -> None:
    script.acts["build"] = lambda context: context.log("\n".join(["x" * 3_000] * 3_000))

    deployment = run(service)

    assert deployment.state == "succeeded"
    assert deployment.lines.count() < 1_700
    assert log_of(deployment).splitlines()[-2:] == [
        "… the log is longer than is kept; the rest is left out.", "Succeeded.",
    ]  # fmt: skip


def test_newer_request_supersedes_what_waits_and_a_dedupe_is_the_same(service: Service) -> None:
    first = request_deployment(service, by=None, dedupe="delivery-1")
    again = request_deployment(service, by=None, dedupe="delivery-1")
    newer = request_deployment(service, by=None)

    assert again == first
    assert {each.pk: each.state for each in Deployment.objects.all()} == {first.pk: "superseded", newer.pk: "queued"}
