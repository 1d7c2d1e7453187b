"""No two services write to one place, to places within each other, or get one at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from structlog.testing import capture_logs

from deployments.contract import PermanentError, TransientError
from deployments.models import Deployment, Service
from deployments.runner.claims import claim
from deployments.runner.preparing import prepare
from deployments.runner.retention import KEPT
from deployments.targets import get_target
from tests.deployments.fakes import Script
from tests.deployments.runs import attempt, fail, run
from tests.deployments.services import make_service, queue

pytestmark = pytest.mark.usefixtures("in_process")
HINT = "Choose a folder, prefix or repository of its own, not within another's and not around it."


def deploy_to(folder: str, name: str, **values: Any) -> Deployment:
    files = {"files": {"index.html": name}}
    return run(make_service(name, target_config={"folder": folder}, source_config=files, **values))


def live(folder: str) -> str:
    return (Path(settings.REGISTRY_SITES_DIR) / folder / "current/index.html").read_text()


@pytest.mark.parametrize("folder", ["a/shop", "a/shop/live", "a/shop/releases/x", "a"])
def test_place_of_another_service_is_refused(folder: str) -> None:
    first = deploy_to("a/shop", "first")
    folder = folder.replace("x", str(first.pk))

    second = deploy_to(folder, "second")

    assert (second.state, second.error_kind, second.error_hint) == ("failed", "permanent", HINT)
    assert second.error_message == (
        "The service first (production) is deployed to directory/a/shop, "
        f"so this one cannot be deployed to directory/{folder}."
    )
    assert live("a/shop") == "first"


@pytest.mark.parametrize("folder", ["a/shop2", "a/sho", "shop", "b/a/shop"])
def test_place_beside_is_free(folder: str) -> None:
    deploy_to("a/shop", "first")

    assert deploy_to(folder, "second").state == "succeeded"


def test_link_to_the_place_is_the_place() -> None:
    deploy_to("shop", "first")
    (Path(settings.REGISTRY_SITES_DIR) / "alias").symlink_to("shop")

    assert deploy_to("alias", "second").state == "failed"


def test_place_that_a_service_left_is_served_and_held_until_it_is_removed() -> None:
    first = deploy_to("old", "first")
    service = Service.objects.get(pk=first.service_id)
    Service.objects.filter(pk=service.pk).update(target_config={"folder": "new"})
    service.refresh_from_db()
    with capture_logs() as logs:
        for _ in range(KEPT + 2):
            run(service)

    releases = service.deployments.exclude(release={}).order_by("number").values_list("number", flat=True)
    assert (list(releases), live("old")) == ([1, 4, 5, 6, 7, 8], "first")
    assert {each["event"] for each in logs} == {"deployment_ended"}
    assert (deploy_to("old", "second").state, deploy_to("new", "third").state) == ("failed", "failed")
    Service.objects.filter(pk=service.pk).update(removed_at=timezone.now())
    assert attempt(queue(Service.objects.get(name="second"))).state == "succeeded"


def test_of_a_place_that_a_service_left_older_releases_go() -> None:
    service = make_service(target_config={"folder": "old"})
    for folder in ["old"] * 2 + ["new"] * (KEPT + 1):
        Service.objects.filter(pk=service.pk).update(target_config={"folder": folder})
        run(Service.objects.get())

    releases = service.deployments.exclude(release={}).order_by("number").values_list("number", flat=True)
    assert list(releases) == [2, 4, 5, 6, 7, 8]


def test_removed_service_holds_nothing() -> None:
    first = deploy_to("shop", "first")
    Service.objects.filter(pk=first.service_id).update(removed_at=timezone.now())

    assert deploy_to("shop", "second").state == "succeeded"


def test_deployment_that_waits_for_its_next_attempt_holds_its_place(script: type[Script]) -> None:
    script.acts["fetch"] = fail(TransientError("Busy.", retry_after_seconds=60))
    waits = deploy_to("shop", "first", source_backend="fake@1")

    assert (waits.state, deploy_to("shop", "second").state) == ("queued", "failed")


def test_deployment_that_never_uploaded_holds_nothing(script: type[Script]) -> None:
    script.acts["fetch"] = fail(PermanentError("Gone."))
    deploy_to("shop", "first", source_backend="fake@1")

    assert deploy_to("shop", "second").state == "succeeded"


@pytest.mark.parametrize(
    ("spec", "config", "place"),
    [
        ("s3@1", {"bucket": "bakery"}, "s3/amazonaws.com/bakery"),
        ("s3@1", {"bucket": "bakery", "prefix": "a/b"}, "s3/amazonaws.com/bakery/a/b"),
        (
            "s3@1",
            {"bucket": "bakery", "endpointUrl": "https://s3.eu-west-1.amazonaws.com"},
            "s3/amazonaws.com/bakery",
        ),
        ("s3@1", {"bucket": "bakery", "endpointUrl": "https://[fd00::1]:9000"}, "s3/[fd00::1]:9000/bakery"),
        (
            "oci-registry@1",
            {"registryUrl": "https://registry.example.com/", "repository": "team/app", "tag": "x"},
            "oci-registry/registry.example.com:443/team%2Fapp",
        ),
        ("null@1", {}, ""),
    ],
)
def test_targets_name_their_places(spec: str, config: dict[str, Any], place: str) -> None:
    assert get_target(spec).place(config) == place


@pytest.mark.services
@pytest.mark.skipif(connection.vendor != "postgresql", reason="Needs PostgreSQL: SQLite lets one writer in at a time")
def test_of_many_that_come_at_once_one_gets_the_place(settings: Any) -> None:
    settings.REGISTRY_MAX_DEPLOYMENTS = 10
    folders = ["shop", "shop/a", "shop", "shop/b", "shop", "shop/c"]
    waiting = [queue(make_service(f"s{at}", target_config={"folder": each})) for at, each in enumerate(folders)]
    barrier = Barrier(len(waiting))

    def prepared(deployment: Deployment) -> Callable[[], str]:
        lease = claim(deployment.pk)
        assert lease is not None

        def act() -> str:
            try:
                connection.ensure_connection()
                barrier.wait(timeout=20)
                prepare(deployment, lease)
            except PermanentError:
                return ""
            else:
                return str(deployment.service.target_config["folder"])
            finally:
                connection.close()

        return act

    with ThreadPoolExecutor(len(waiting)) as pool:
        got = sorted(filter(None, pool.map(lambda act: act(), [prepared(each) for each in waiting])))

    # Whoever comes first: one has it whole, or some have parts that do not meet.
    assert got == ["shop"] or (got and set(got) <= {"shop/a", "shop/b", "shop/c"})
