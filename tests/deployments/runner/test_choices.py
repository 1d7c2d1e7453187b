"""A deployment goes on with the backends that it began with, whatever becomes of its service meanwhile."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from deployments.actions.requests import request_rollback
from deployments.builds import BUILDS
from deployments.contract import Kind, PermanentError, TransientError
from deployments.models import Deployment, Service
from deployments.runner import retention
from deployments.sources import SOURCES
from tests.deployments.fakes import FakeSource, FakeTarget, Script
from tests.deployments.runs import attempt, fail, make_fake_service, run
from tests.deployments.services import make_service

pytestmark = pytest.mark.usefixtures("in_process")
GONE = {"source_backend": "gone@1", "build_backend": "gone@1"}


def change(service: Service, **values: Any) -> Service:
    Service.objects.filter(pk=service.pk).update(**values)
    service.refresh_from_db()
    return service


def live(folder: str) -> str:
    return (Path(settings.REGISTRY_SITES_DIR) / folder / "current/index.html").read_text()


def test_rollback_asks_nothing_of_source_and_builder(script: type[Script]) -> None:
    service = make_fake_service()
    first = run(service)
    run(change(service, source_config={"text": "two"}))
    change(service, **GONE, source_config={"nonsense": 1})

    rollback = attempt(request_rollback(service, to=first, by=None))

    assert (rollback.state, rollback.error_message, script.live) == ("succeeded", "", ["one", "two", "one"])
    assert rollback.backends == {"target": {"backend": "fake@1", "version": "1.0.0"}}
    assert list(rollback.schemas) == ["target"]


def test_rollback_returns_to_the_target_of_then(script: type[Script]) -> None:
    service = make_service(source_config={"files": {"index.html": "one"}})
    first = run(service)
    run(change(service, source_config={"files": {"index.html": "two"}}))
    run(change(service, target_backend="fake@1", target_config={}))

    rollback = attempt(request_rollback(service, to=first, by=None))

    assert (rollback.state, rollback.error_message, live("site")) == ("succeeded", "", "one")


def test_rollback_whose_target_wants_more_by_now_says_so(script: type[Script]) -> None:
    service = make_service()
    first = run(service)
    Deployment.objects.update(configs={"target": {"folder": "No Folder"}})
    first.refresh_from_db()

    rollback = attempt(request_rollback(service, to=first, by=None))

    assert rollback.error_message.startswith("target/folder: ")
    assert rollback.error_hint == "Deploy the service as it is now instead."


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"build_backend": "site-image@1"}, "Fake takes no image, which is what Website as an image makes."),
        ({"target_backend": "oci-registry@1"}, "Container registry takes no site, which is what Fake makes."),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_fetched(
    changed: dict[str, str], message: str, script: type[Script]
) -> None:
    deployment = run(make_fake_service(**changed))

    assert (deployment.error_kind, deployment.error_message) == ("permanent", message)
    assert (deployment.error_hint, script.done) == ("Choose another builder or target.", [])


def test_source_that_the_builder_cannot_use_is_refused(script: type[Script], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeSource, "produces", frozenset({Kind.SITE, Kind.IMAGE}))

    deployment = run(make_fake_service())

    assert deployment.error_message == "Fake takes no image or site, which is what Fake fetches."
    assert (deployment.error_hint, script.done) == ("Choose another source or builder.", [])


def test_rollback_to_a_target_that_takes_it_no_more_is_refused(
    script: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make_fake_service()
    first = run(service)
    monkeypatch.setattr(FakeTarget, "accepts", frozenset({Kind.IMAGE}))

    rollback = attempt(request_rollback(service, to=first, by=None))

    assert rollback.error_message == "Fake takes no site, which is what was built then."


def test_second_attempt_goes_on_with_the_backends_of_the_first(script: type[Script]) -> None:
    service = make_fake_service()
    script.acts["build"] = fail(TransientError("Busy.", retry_after_seconds=0))
    deployment = run(service)
    script.acts.clear()
    change(service, **GONE, source_config={"text": "two"}, target_backend="gone@1")

    attempt(deployment)

    assert (deployment.state, deployment.attempt, script.live) == ("succeeded", 2, ["one"])


def test_attempt_that_only_uploads_needs_neither_source_nor_builder(
    script: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    script.acts["upload"] = fail(TransientError("Busy.", retry_after_seconds=0))
    deployment = run(make_fake_service())
    began_with = (deployment.backends, deployment.schemas)
    script.acts.clear()
    for registry in (SOURCES, BUILDS):
        # As if their package had been removed.
        monkeypatch.setattr(registry, "_classes", {})
        monkeypatch.setattr(registry, "_outside", {})
        monkeypatch.setattr(registry, "reload", lambda: None)

    attempt(deployment)

    assert (deployment.state, deployment.error_message, script.live) == ("succeeded", "", ["one"])
    assert (deployment.backends, deployment.schemas) == began_with
    assert script.done.count("build") == 1


def test_what_was_live_comes_back_on_its_own_target(script: type[Script]) -> None:
    service = make_service(source_config={"files": {"index.html": "one"}})
    before = run(service)
    script.acts["activate"] = fail(PermanentError("It refuses."))

    deployment = run(change(service, target_backend="fake@1", target_config={}))

    service.refresh_from_db()
    assert (deployment.error_message, service.active, live("site")) == ("It refuses.", before, "one")
    assert script.done.count("activate") == 1


def test_releases_are_forgotten_by_the_target_that_has_them(
    script: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeTarget, "place", lambda self, config: "fake/site")
    service = make_fake_service()
    for _ in range(2):
        run(service)
    change(service, target_backend="directory@1", target_config={"folder": "site"})
    change(service, source_backend="inline@1", source_config={"files": {"index.html": "x"}}, build_backend="static@1")

    for _ in range(5):
        run(service)

    assert sorted(Deployment.objects.exclude(release={}).values_list("number", flat=True)) == [2, 3, 4, 5, 6, 7]
    assert script.done.count("remove") == 1


@pytest.mark.parametrize("error", [PermanentError("Not now."), KeyError("folder")])
def test_release_that_stays_is_not_in_the_way_of_others(
    error: Exception, script: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make_fake_service()
    monkeypatch.setattr(retention, "KEPT", 3)
    first, second, *_ = [run(service) for _ in range(3)]
    refused = [error]
    script.acts["remove"] = lambda context: fail(refused.pop())(context) if refused else None
    monkeypatch.setattr(retention, "KEPT", 2)

    run(service)

    assert sorted(Deployment.objects.exclude(release={}).values_list("number", flat=True)) == [first.number, 3, 4]
    assert second.number == 2
