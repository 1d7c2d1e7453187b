"""What builds keep for the next: there again, unless it is too much, not wanted, or nobody's any more."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as configured
from django.utils import timezone

from deployments.contract import Context
from deployments.models import Service
from deployments.tasks import collect
from tests.deployments.fakes import Script
from tests.deployments.runs import make_fake_service, run

pytestmark = pytest.mark.usefixtures("in_process")


@pytest.fixture
def found(script: type[Script]) -> list[list[str]]:
    """What each build finds; each leaves a file of 64 KB in a folder that only its owner may look into."""
    found: list[list[str]] = []

    def keep(context: Context) -> None:
        found.append(sorted(path.name for path in context.cache.iterdir()))
        (context.cache / "npm").mkdir(mode=0o700, exist_ok=True)
        (context.cache / "npm" / str(len(found))).write_bytes(b"x" * 65_536)

    script.acts["build"] = keep
    return found


def test_what_a_build_keeps_is_there_for_the_next(found: list[list[str]]) -> None:
    service = make_fake_service()
    for _ in range(2):
        run(service)

    assert found == [[], ["npm"]]


def test_more_than_may_be_kept_is_dropped_before_the_next(found: list[list[str]], settings: Any) -> None:
    settings.REGISTRY_CACHE_BYTES = 100_000
    service = make_fake_service()
    for _ in range(4):
        run(service)

    assert found == [[], ["npm"], [], ["npm"]]


def test_deployment_can_begin_with_nothing(found: list[list[str]]) -> None:
    service = make_fake_service()
    run(service)

    run(service, uses_cache=False)

    assert found == [[], []]


def test_what_removed_services_kept_is_collected(found: list[list[str]]) -> None:
    services = [make_fake_service(name) for name in ("stays", "goes")]
    for service in services:
        run(service)
    Service.objects.filter(name="goes").update(removed_at=timezone.now())
    (Path(configured.REGISTRY_CACHE_DIR) / str(uuid4())).mkdir()

    collect()

    assert [path.name for path in configured.REGISTRY_CACHE_DIR.iterdir()] == [str(services[0].pk)]
