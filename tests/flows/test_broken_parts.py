"""Parts of a running registry that fail: the broker is down, a publisher is killed."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.processes import BEAT, SLOW_WORKER, WORKER, Registry, free_port, wait_for

pytestmark = pytest.mark.timeout(300)
CHANGE_AND_REQUEST = """
from catalog.actions.approvals import approve
from catalog.actions.entries import save_entry
from catalog.actions.revisions import Change
from catalog.actions.snapshots import request_snapshot
from catalog.models import Provider
from django.contrib.auth.models import User
by = User.objects.get(username="administrator")
sanity = Provider.objects.get(slug="sanity", provider_type="cms")
document = {**sanity.latest_revision.document, "monthly_cost_range": [70, 300]}
revision = save_entry("provider", document, Change(by=by, note="New prices", source="api"))
approve(sanity, number=revision.number, by=by)
snapshot = request_snapshot(by=by, in_background=BACKGROUND)
"""
IN_BACKGROUND = CHANGE_AND_REQUEST.replace("BACKGROUND", "True")
QUIETLY = CHANGE_AND_REQUEST.replace("BACKGROUND", "False")
POKE = """
from catalog.tasks import publish_snapshot
publish_snapshot.delay(snapshot.pk)
"""
OUTLIVE_LEASE = """
from datetime import timedelta
from django.utils import timezone
from catalog.models import Snapshot
Snapshot.objects.filter(state="publishing").update(beat_at=timezone.now() - timedelta(hours=1))
from catalog.tasks import sweep_publishing
sweep_publishing.delay()
"""


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Registry]:
    yield from running(Registry(tmp_path, {}))


@pytest.fixture
def served(tmp_path: Path, services: dict[str, str]) -> Iterator[Registry]:
    yield from running(Registry(tmp_path, services))


def running(registry: Registry) -> Iterator[Registry]:
    registry.manage("first_run", "--port", str(registry.port))
    try:
        yield registry
    finally:
        registry.stop()


def wait_until_live(registry: Registry, *, seconds: float = 20) -> None:
    done = [(1, "replaced"), (2, "live")]
    wait_for(lambda: registry.snapshots() == done, what="The publish", seconds=seconds)
    assert "serial 2 is whole" in registry.manage("verify_published")


@pytest.mark.slow
def test_publisher_killed_after_its_commit_is_finished_by_another(embedded: Registry) -> None:
    mark = embedded.folder / "mark"
    embedded.start("slow", *SLOW_WORKER, SLOW_WORKER_AT="after current.json", SLOW_WORKER_MARK=str(mark))
    embedded.python(QUIETLY + POKE)
    wait_for(mark.exists, what="The commit", seconds=60)
    embedded.running["slow"].send_signal(signal.SIGKILL)
    embedded.stop("slow")
    assert embedded.snapshots() == [(1, "live"), (2, "publishing")]

    embedded.start("worker", *WORKER)
    embedded.python(OUTLIVE_LEASE)

    wait_until_live(embedded)


@pytest.mark.services
def test_request_without_a_broker_is_published_by_the_sweep(served: Registry) -> None:
    broker = served.environment["CELERY_BROKER_URL"]
    served.environment["CELERY_BROKER_URL"] = f"redis://127.0.0.1:{free_port()}/0"
    served.python(IN_BACKGROUND)
    assert served.snapshots() == [(1, "live"), (None, "pending")]

    served.environment["CELERY_BROKER_URL"] = broker
    served.start("worker", *WORKER)
    served.start("beat", *BEAT)

    wait_until_live(served, seconds=60)
