"""What is kept: the live release and the last five; what is built and not kept is removed, and never what is needed."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from deployments.actions.errors import RefusedError
from deployments.actions.requests import request_rollback
from deployments.contract import Artifact as KeptArtifact
from deployments.contract import PermanentError
from deployments.models import Artifact, Deployment, Service
from deployments.runner import retention, steps
from deployments.runner.artifacts import stage
from deployments.runner.retention import collect_artifacts
from tests.deployments.fakes import FakeTarget, Script
from tests.deployments.runs import attempt, fail, make_fake_service, run

pytestmark = pytest.mark.usefixtures("in_process")


@pytest.fixture
def service(script: type[Script]) -> Service:
    return make_fake_service()


def deploy(service: Service, text: str, **rollback: Any) -> Deployment:
    Service.objects.update(source_config={"text": text})
    made = attempt(request_rollback(service, **rollback, by=None)) if rollback else run(service)
    assert made.state == "succeeded"
    return made


def kept() -> list[int]:
    return sorted(Deployment.objects.exclude(release={}).values_list("number", flat=True))


def test_last_five_releases_are_kept_and_the_live_one(service: Service, script: type[Script]) -> None:
    first, *_ = [deploy(service, str(at)) for at in range(3)]
    deploy(service, "", to=first)
    for at in range(3, 6):
        deploy(service, str(at))

    assert kept() == [3, 4, 5, 6, 7]
    assert script.done.count("remove") == 2


def test_release_that_never_became_live_is_removed(service: Service, script: type[Script]) -> None:
    script.acts["probe"] = fail(PermanentError("It does not answer."))
    run(service)
    script.acts.clear()
    before = kept()

    deploy(service, "1")

    assert (before, kept()) == ([1], [2])


def test_target_that_cannot_remove_is_asked_again(service: Service, script: type[Script]) -> None:
    script.acts["remove"] = fail(PermanentError("Not now."))
    for at in range(6):
        deploy(service, str(at))
    before = kept()
    script.acts.clear()
    deploy(service, "6")

    assert (before, kept()) == ([1, 2, 3, 4, 5, 6], [3, 4, 5, 6, 7])


def test_target_is_not_asked_about_a_config_that_is_not_its_own(
    service: Service, script: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = {"type": "object", "required": ["folder"]}
    for at in range(5):
        deploy(service, str(at))
    monkeypatch.setattr(FakeTarget, "info", replace(FakeTarget.info, schema=needs))
    Service.objects.update(target_config={"folder": "x"})

    deploy(service, "5")

    assert (kept(), script.done.count("remove")) == ([1, 2, 3, 4, 5, 6], 0)


def test_artifacts_of_kept_releases_stay_and_others_go(service: Service) -> None:
    first, *_ = [deploy(service, str(at)) for at in range(7)]

    assert (collect_artifacts(), collect_artifacts()) == (2, 0)

    files = {path.name for path in settings.REGISTRY_ARTIFACT_DIR.iterdir()}
    assert files == set(Artifact.objects.filter(collected_at=None).values_list("digest", flat=True))
    assert len(files) == 5
    with pytest.raises(RefusedError, match="no longer kept"):
        request_rollback(service, to=Deployment.objects.get(pk=first.pk), by=None)


def test_artifact_that_waits_to_be_brought_back_stays(service: Service) -> None:
    first, *_ = [deploy(service, str(at)) for at in range(2)]
    Deployment.objects.filter(pk=first.pk).update(release={})
    request_rollback(service, to=Deployment.objects.get(pk=first.pk), by=None)

    assert collect_artifacts() == 0


def test_collected_while_it_is_built_again_it_is_there(
    service: Service, script: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(6):
        deploy(service, str(at))

    def collect_first(artifact: KeptArtifact, store: Path) -> Path:
        assert collect_artifacts() == 1
        return stage(artifact, store)

    monkeypatch.setattr(steps, "stage", collect_first)

    again = deploy(service, "0")

    assert again.artifact is not None
    assert (again.artifact.collected_at, script.live[-1]) == (None, "0")
    assert (settings.REGISTRY_ARTIFACT_DIR / again.artifact.digest / "index.html").read_text() == "0"


def test_what_was_built_by_a_worker_that_lost_its_lease_is_not_kept(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_the_lease(artifact: KeptArtifact, store: Path) -> Path:
        staged = stage(artifact, store)
        Deployment.objects.update(lease=uuid4())
        return staged

    monkeypatch.setattr(steps, "stage", lose_the_lease)

    assert run(service).state == "building"
    assert list(settings.REGISTRY_ARTIFACT_DIR.iterdir()) == []


def test_collecting_removes_what_dead_workers_left(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "FORGOTTEN_AFTER", timedelta(0))
    deploy(service, "0")
    (settings.REGISTRY_ARTIFACT_DIR / ".digest.left").mkdir()

    collect_artifacts()

    assert [path.name[0] == "." for path in settings.REGISTRY_ARTIFACT_DIR.iterdir()] == [False]


def test_what_is_built_twice_is_kept_once(service: Service) -> None:
    first, second = deploy(service, "0"), deploy(service, "0")

    assert first.artifact is not None
    assert second.artifact == first.artifact
    assert [path.name for path in settings.REGISTRY_ARTIFACT_DIR.iterdir()] == [first.artifact.digest]


def test_built_again_is_kept_again(service: Service) -> None:
    for at in range(7):
        deploy(service, str(at))
    collect_artifacts()

    again = deploy(service, "0")

    assert again.artifact is not None
    assert again.artifact.collected_at is None
    assert (settings.REGISTRY_ARTIFACT_DIR / again.artifact.digest).is_dir()
