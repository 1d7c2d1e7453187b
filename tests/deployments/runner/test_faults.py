"""Faults around an attempt: the database is away, the disk is full, a text is damaged. What is live is no failure."""

import errno
import math
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import DataError, OperationalError
from django.utils import timezone

from deployments.actions.requests import request_cancel
from deployments.actions.secrets import set_secret
from deployments.contract import Context, PermanentError, TransientError
from deployments.models import Deployment, Service
from deployments.runner import attempt as attempts
from deployments.runner import claims, patience, running
from tests.deployments.fakes import Script
from tests.deployments.runs import attempt, fail, log_of, make_fake_service, run
from tests.deployments.services import queue

pytestmark = pytest.mark.usefixtures("in_process")
AWAY = OperationalError("server closed the connection unexpectedly")


@pytest.fixture
def service(script: type[Script]) -> Service:
    return make_fake_service()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(patience, "AGAIN_SECONDS", 0.01)


def break_records_of(step: str, monkeypatch: pytest.MonkeyPatch, *, times: int) -> None:
    """The database is away when this step is written down, so many times."""
    left = [AWAY] * times

    def record(*arguments: Any, **values: Any) -> None:
        if left and values.get("steps", [{}])[-1].get("step") == step:
            raise left.pop()
        claims.record(*arguments, **values)

    monkeypatch.setattr(attempts, "record", record)


def test_database_that_is_away_for_a_moment_costs_nothing(
    service: Service, script: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_records_of("build", monkeypatch, times=2)

    deployment = run(service)

    assert (deployment.state, deployment.attempt, script.done.count("build")) == ("succeeded", 1, 1)


def test_database_that_stays_away_is_no_fault_and_tried_again(
    service: Service, script: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_records_of("build", monkeypatch, times=1_000)

    deployment = run(service)

    assert (deployment.state, deployment.error_kind) == ("queued", "transient")
    assert deployment.error_message == "The registry's database did not answer."
    monkeypatch.undo()
    Deployment.objects.update(after=timezone.now())
    assert attempt(deployment).state == "succeeded"


def test_database_that_is_away_after_the_target_was_told_fails_nothing(
    service: Service, script: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_records_of("activate", monkeypatch, times=1_000)

    deployment = run(service)

    assert (deployment.state, Service.objects.get().active, script.live) == ("succeeded", deployment, ["one"])
    assert [step["step"] for step in deployment.steps][-1] == "activate"


def test_end_is_written_when_the_database_is_back(
    service: Service, script: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    left, real = [AWAY] * 2, claims.end

    def end(*arguments: Any, **values: Any) -> None:
        if left:
            raise left.pop()
        real(*arguments, **values)

    monkeypatch.setattr(claims, "end", end)

    assert run(service).state == "succeeded"


def test_value_that_the_database_refuses_is_a_fault_of_ours(service: Service, script: type[Script]) -> None:
    script.acts["fetch"] = fail(DataError("value too long"))

    assert run(service).error_kind == "bug"


@pytest.mark.parametrize(
    ("code", "state", "kind", "message"),
    [
        (errno.ENOSPC, "queued", "transient", "The deployer's disk is full."),
        (errno.EDQUOT, "queued", "transient", "The deployer's disk is full."),
        (errno.EACCES, "failed", "permanent", "The deployer may not write where it has to."),
        (errno.EROFS, "failed", "permanent", "The deployer may not write where it has to."),
        (errno.EIO, "failed", "bug", "The registry has a fault; what was live stays so."),
    ],
)
def test_disk_that_refuses_is_said_in_words(
    code: int, state: str, kind: str, message: str, service: Service, script: type[Script]
) -> None:
    script.acts["fetch"] = fail(OSError(code, "as the kernel says it"))

    deployment = run(service)

    assert (deployment.state, deployment.error_kind, deployment.error_message) == (state, kind, message)
    assert "hoever runs the registry" in deployment.error_hint


def test_work_folder_that_cannot_be_made_is_said_in_words(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.mkdir

    def mkdir(path: Path, *arguments: Any, **values: Any) -> None:
        if path.parent == settings.REGISTRY_WORK_DIR:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        real(path, *arguments, **values)

    monkeypatch.setattr(Path, "mkdir", mkdir)

    deployment = run(service)

    assert (deployment.state, deployment.error_kind, deployment.attempt) == ("queued", "transient", 1)
    assert deployment.error_message.startswith("The deployer's disk is full: ")


@pytest.mark.parametrize(("asked", "seconds"), [(1e20, 3_600), (math.inf, 3_600), (math.nan, 3_600), (-5, 0), (60, 60)])
def test_wait_that_a_server_asks_for_is_kept_within_reason(
    asked: float, seconds: float, service: Service, script: type[Script]
) -> None:
    script.acts["fetch"] = fail(TransientError("Busy.", retry_after_seconds=asked))
    before = timezone.now()

    deployment = run(service)

    waits = timedelta(seconds=seconds)
    assert (deployment.state, before + waits <= deployment.after <= timezone.now() + waits) == ("queued", True)


@pytest.mark.parametrize("damage", ["\0", "\udcff"])
def test_text_that_no_column_takes_is_replaced(damage: str, service: Service, script: type[Script]) -> None:
    script.acts["fetch"] = lambda context: context.log(f"name {damage}!")
    script.acts["build"] = fail(PermanentError(f"bad {damage}!", hint=f"worse {damage}!"))

    deployment = run(service)

    assert (deployment.state, deployment.error_kind) == ("failed", "permanent")
    assert (deployment.error_message, deployment.error_hint) == ("bad \ufffd!", "worse \ufffd!")
    assert "name \ufffd!" in log_of(deployment)


def test_secret_is_masked_in_what_a_server_said(service: Service, script: type[Script]) -> None:
    set_secret(service, "token", "hunter22-very-secret")

    def repeat(context: Context) -> None:
        token = context.secret({"$secret": "token"})
        raise PermanentError(f"bad token {token}", hint=f"is {token} right?")

    script.acts["fetch"] = repeat

    deployment = run(service)

    assert (deployment.error_message, deployment.error_hint) == ("bad token [hidden]", "is [hidden] right?")


def test_steps_of_an_attempt_that_failed_are_kept(service: Service, script: type[Script]) -> None:
    script.acts["build"] = fail(PermanentError("No."))

    assert [step["step"] for step in run(service).steps] == ["resolve", "fetch", "build"]


def test_cancelled_while_it_failed_for_now_it_is_not_tried_again(service: Service, script: type[Script]) -> None:
    def be_cancelled(context: Context) -> None:
        request_cancel(Deployment.objects.get(), by=None)
        raise TransientError("Busy.", retry_after_seconds=3_600)

    script.acts["fetch"] = be_cancelled

    deployment = run(service)

    assert (deployment.state, deployment.error_message, deployment.lease) == ("cancelled", "", None)


def test_folder_that_cannot_be_removed_keeps_nobody_from_work(
    service: Service, script: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: Any) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("deployments.runner.folders.remove_tree", refuse)
    poked: list[Any] = []
    deployment, waits = queue(make_fake_service("other")), queue(service)
    script.acts["fetch"] = fail(PermanentError("No."))

    from_first = running.run_deployment(deployment.pk, poke=poked.append)

    assert (from_first, Deployment.objects.get(pk=deployment.pk).state, poked) == (True, "failed", [waits.pk])
