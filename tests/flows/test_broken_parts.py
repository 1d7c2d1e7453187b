"""Parts of a running registry that fail: the broker is down, a message comes twice, a publisher is killed."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.processes import BEAT, SETUP, WORKER, Registry, free_port, wait_for

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
SLOW_PUBLISH = """
import time
from django.conf import settings
from catalog.models import Snapshot
from catalog.publishing.publish import run_publish
from catalog.publishing.stores.configured import open_store
store = open_store()
write = store.put_if_match
def slow(path, content, *, etag):
    write(path, content, etag=etag)
    time.sleep(60 if path == "current.json" else 0)
store.put_if_match = slow
run_publish(Snapshot.objects.get(state="pending").pk, store=store, public_url=settings.REGISTRY_PUBLIC_URL)
"""
POKE_TEN_TIMES = """
from catalog.tasks import publish_snapshot
for _ in range(10):
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


def test_publisher_killed_after_its_commit_is_finished_by_another(embedded: Registry) -> None:
    embedded.python(QUIETLY)
    pointer = embedded.folder / "registry" / "current.json"
    before = pointer.read_bytes()
    embedded.start("slow", "-c", SETUP + SLOW_PUBLISH)
    wait_for(lambda: pointer.read_bytes() != before, what="The commit")
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


@pytest.mark.services
def test_two_workers_with_the_same_message_publish_once(served: Registry) -> None:
    served.start("first", *WORKER, "-n", "first@localhost")
    served.start("second", *WORKER, "-n", "second@localhost")
    wait_for(lambda: "ready" in served.log("first") and "ready" in served.log("second"), what="Both workers")

    served.python(QUIETLY + POKE_TEN_TIMES)

    wait_for(lambda: (served.log("first") + served.log("second")).count("succeeded") == 10, what="Ten messages")
    wait_until_live(served)
    assert "was not published" not in served.log("first") + served.log("second")
