"""What the database calls live is served in the end: whoever dies, freezes, cancels or asks for more meanwhile."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from deployments.actions.errors import RefusedError
from deployments.actions.requests import request_cancel, request_deployment
from deployments.contract import Context, PermanentError, Release, TransientError
from deployments.models import Deployment, Service
from deployments.runner import activation, hold, settling
from deployments.runner.choices import target_and_config_of
from deployments.runner.context import RunContext
from deployments.runner.running import sweep_deployments
from deployments.targets.directory import Directory
from tests.deployments.fakes import Script
from tests.deployments.runs import attempt, fail, log_of, make_fake_service, run
from tests.deployments.services import make_service

pytestmark = pytest.mark.usefixtures("in_process")


class KilledError(BaseException):
    """As if by the kernel: nothing of ours sees it."""


def be_killed(context: Context) -> None:
    raise KilledError


@pytest.fixture
def service(script: type[Script]) -> Service:
    return make_fake_service()


def is_live(deployment: Deployment) -> bool:
    return Service.objects.get().active == deployment


def let_lease_run_out() -> None:
    Deployment.objects.exclude(lease=None).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def sweep() -> list[Any]:
    poked: list[Any] = []
    sweep_deployments(poke=poked.append)
    return poked


def sweep_and_run() -> None:
    sweep_deployments(poke=lambda pk: attempt(Deployment.objects.get(pk=pk)))


def die_in_activate(service: Service, script: type[Script], text: str = "two") -> Deployment:
    """A deployment that the database calls live, and of which the target was not told; its worker is dead."""
    Service.objects.update(source_config={"text": text})
    deployment = request_deployment(service, by=None)
    script.acts["activate"] = be_killed
    with pytest.raises(KilledError):
        attempt(deployment)
    script.acts.clear()
    let_lease_run_out()
    return deployment


def test_newer_request_waits_until_what_is_committed_is_served(service: Service, script: type[Script]) -> None:
    run(service)
    committed = die_in_activate(service, script)
    newer = request_deployment(service, by=None)

    assert sweep() == [committed.pk, newer.pk]
    attempt(newer)
    attempt(committed)

    newer.refresh_from_db()
    committed.refresh_from_db()
    assert (committed.state, committed.attempt, newer.state) == ("succeeded", 2, "queued")
    assert (is_live(committed), script.live) == (True, ["one", "two"])


def test_cancel_of_what_is_committed_is_refused_and_it_is_served(service: Service, script: type[Script]) -> None:
    run(service)
    committed = die_in_activate(service, script)

    with pytest.raises(RefusedError, match="It is just being made live"):
        request_cancel(committed, by=None)
    # As it was asked for just before.
    Deployment.objects.filter(pk=committed.pk).update(cancel_requested_at=timezone.now())
    sweep_and_run()

    committed.refresh_from_db()
    assert (committed.state, is_live(committed), script.live) == ("succeeded", True, ["one", "two"])


def test_cancel_that_is_seen_before_the_next_attempt_begins_comes_too_late(
    service: Service, script: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    committed = die_in_activate(service, script)
    Deployment.objects.update(cancel_requested_at=timezone.now())
    monkeypatch.setattr(hold, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(RunContext, "make_folders", lambda context: time.sleep(0.5))

    assert (attempt(committed).state, script.live) == ("succeeded", ["two"])


def test_target_that_is_busy_is_told_again_whatever_is_asked_for(service: Service, script: type[Script]) -> None:
    run(service)
    Service.objects.update(source_config={"text": "two"})
    newer: list[Deployment] = []

    def be_busy(context: Context) -> None:
        newer.append(request_deployment(service, by=None))
        raise TransientError("Busy.", retry_after_seconds=3_600)

    script.acts["activate"] = be_busy
    committed = run(service)
    script.acts.clear()
    state, waits = committed.state, committed.after - timezone.now()
    assert (sweep(), attempt(committed).attempt) == ([newer[0].pk], 1)
    Deployment.objects.filter(pk=committed.pk).update(after=timezone.now())
    sweep_and_run()

    states = [each.state for each in Deployment.objects.order_by("number")]
    assert (state, waits <= timedelta(minutes=1)) == ("deploying", True)
    assert (states, script.live) == (["succeeded"] * 3, ["one", "two", "two"])


def test_cancelled_in_the_last_moment_it_is_not_live(service: Service, script: type[Script]) -> None:
    before = run(service)

    def be_cancelled(context: Context) -> None:
        request_cancel(Deployment.objects.get(pk=context.deployment_id), by=None)

    # The last step before the flip, and nobody polls here.
    script.acts["probe"] = be_cancelled

    assert (run(service).state, is_live(before), script.live) == ("cancelled", True, ["one"])


def test_attempt_that_only_tells_the_target_needs_no_source(service: Service, script: type[Script]) -> None:
    run(service)
    committed = die_in_activate(service, script)
    Service.objects.update(source_backend="gone@1")

    sweep_and_run()

    committed.refresh_from_db()
    assert (committed.state, script.live) == ("succeeded", ["one", "two"])


def test_third_death_brings_back_what_was_live(service: Service, script: type[Script]) -> None:
    before = run(service)
    dead = die_in_activate(service, script)
    script.acts["activate"] = be_killed
    for _ in range(2):
        with pytest.raises(KilledError):
            attempt(dead)
        let_lease_run_out()
    script.acts.clear()

    sweep_and_run()

    dead.refresh_from_db()
    rollback = Deployment.objects.get(number=3)
    assert (dead.state, dead.error_kind) == ("failed", "lost")
    assert (rollback.kind, rollback.state, rollback.artifact_of) == ("rollback", "succeeded", before)
    assert (is_live(rollback), script.live, Service.objects.get().is_pinned) == (True, ["one", "one"], False)


def test_target_that_takes_nothing_is_asked_again_by_sweeps_ever_more_seldom(
    service: Service, script: type[Script]
) -> None:
    before = run(service)
    Service.objects.update(source_config={"text": "two"})
    script.acts["activate"] = fail(PermanentError("No."))
    refused = run(service)
    waits = []
    for _ in range(5):
        sweep()
        waiting = Deployment.objects.get(state="queued")
        waits.append(round((waiting.after - timezone.now()).total_seconds() / 60))
        Deployment.objects.filter(pk=waiting.pk).update(after=timezone.now())
        if len(waits) == 5:
            script.acts.clear()
        attempt(waiting)

    refused.refresh_from_db()
    assert (refused.state, refused.error_message) == ("failed", "No.")
    assert "The target does not take deployment 1 now; it is asked again." in log_of(refused)
    live = Service.objects.get().active
    assert live is not None
    assert (live.state, live.artifact_of, script.live[-1]) == ("succeeded", before, "one")
    assert (waits, sweep()) == ([0, 1, 2, 4, 8], [])


def test_where_nothing_was_live_nothing_is(service: Service, script: type[Script]) -> None:
    script.acts["activate"] = fail(PermanentError("No."))
    refused = run(service)
    given_back = Service.objects.get().active
    Service.objects.update(active=refused)

    sweep_and_run()

    assert (given_back, Service.objects.get().active, Deployment.objects.count()) == (None, None, 1)


def test_request_of_a_person_comes_before_settling(service: Service, script: type[Script]) -> None:
    run(service)
    committed = die_in_activate(service, script)
    Deployment.objects.filter(pk=committed.pk).update(attempt=3)
    Service.objects.update(source_config={"text": "three"})
    asked = request_deployment(service, by=None)

    sweep_and_run()

    asked.refresh_from_db()
    committed.refresh_from_db()
    assert (committed.state, asked.state, asked.replaces) == ("failed", "succeeded", Deployment.objects.get(number=1))
    assert (is_live(asked), script.live, Deployment.objects.count()) == (True, ["one", "three"], 3)


def test_service_that_somebody_deploys_meanwhile_is_not_settled(service: Service, script: type[Script]) -> None:
    run(service)
    Service.objects.update(active=run(service))
    Deployment.objects.filter(number=2).update(state="failed")
    asked = request_deployment(service, by=None)

    settling._settle(Service.objects.get())

    assert Deployment.objects.latest("number") == asked


def take_over_and_deploy(service: Service) -> None:
    """What happens while a worker is frozen: its deployment is finished by another, and a newer one is made live."""
    let_lease_run_out()
    sweep_and_run()
    Service.objects.update(source_config={"files": {"index.html": "new"}})
    run(service)


def served() -> str:
    return (settings.REGISTRY_SITES_DIR / "site" / "current" / "index.html").read_text()


def frozen_once(act: Callable[[], None], real: Callable[..., Any], *, at: int) -> Callable[..., Any]:
    """`real`, before whose call number `at` something happens."""
    calls: list[int] = []

    def call(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == at:
            act()
        return real(*arguments)

    return call


def test_frozen_before_it_tells_the_target_it_does_not(script: type[Script], monkeypatch: pytest.MonkeyPatch) -> None:
    service = make_service(source_config={"files": {"index.html": "old"}})
    told: list[str] = []
    real = Directory.activate

    def note(self: Directory, release: Release, config: Any, context: Context) -> None:
        told.append(release.id)
        real(self, release, config, context)

    monkeypatch.setattr(Directory, "activate", note)
    frozen = frozen_once(lambda: take_over_and_deploy(service), target_and_config_of, at=1)
    monkeypatch.setattr(activation, "target_and_config_of", frozen)

    old = run(service)

    new = Deployment.objects.get(number=2)
    assert (old.state, is_live(new), served()) == ("succeeded", True, "new")
    assert told == [str(old.pk), str(new.pk)]


def test_frozen_while_it_tells_the_target_it_puts_back_what_is_live(
    script: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make_service(source_config={"files": {"index.html": "old"}})
    # `probe` is a step, and then the first that `activate` does.
    frozen = frozen_once(lambda: take_over_and_deploy(service), Directory.probe, at=2)
    monkeypatch.setattr(Directory, "probe", frozen)

    old = run(service)

    new = Deployment.objects.get(number=2)
    assert (old.state, new.state, is_live(new), served()) == ("succeeded", "succeeded", True, "new")
