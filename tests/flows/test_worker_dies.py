"""A worker is killed with -9 in the middle of a publish; another one's sweep finishes it, in time and by itself."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.catalog.publishing.crash.reader import torn, unlike
from tests.flows.processes import BEAT, SLOW_WORKER, WORKER, Registry, wait_for

pytestmark = [pytest.mark.services, pytest.mark.timeout(400)]
# settings.SWEEP_SECONDS and lease.LEASE; the rest is for a slow machine.
SWEEP_SECONDS, LEASE_SECONDS, PATIENCE_SECONDS = 10, 15, 15
PLACES = ["before snapshots/", "after current.json", "before manifest.json"]
CHANGE = """
from catalog.actions.approvals import approve
from catalog.actions.entries import save_entry
from catalog.actions.revisions import Change
from catalog.actions.snapshots import request_snapshot
from catalog.models import Provider
from catalog.tasks import publish_snapshot
from django.contrib.auth.models import User
by = User.objects.get(username="administrator")
sanity = Provider.objects.get(key="providers/cms/sanity")
document = {**sanity.latest_revision.document, "monthly_cost_range": [PRICE, 300]}
revision = save_entry("provider", document, Change(by=by, note="New prices", source="api"))
approve(sanity, number=revision.number, by=by)
snapshot = request_snapshot(by=by, in_background=False)
for _ in range(MESSAGES):
    publish_snapshot.delay(snapshot.pk)
"""


@pytest.fixture
def registry(tmp_path: Path, services: dict[str, str]) -> Iterator[Registry]:
    registry = Registry(tmp_path, services)
    registry.manage("first_run", "--port", str(registry.port))
    try:
        yield registry
    finally:
        registry.stop()


def ask_for_price(registry: Registry, price: int, *, messages: int = 1) -> None:
    registry.python(CHANGE.replace("PRICE", str(price)).replace("MESSAGES", str(messages)))


def problems(registry: Registry) -> list[str]:
    """What a reader of the folder finds wrong."""
    return torn(lambda path: fetch(registry, path))


def fetch(registry: Registry, path: str) -> bytes | None:
    file = registry.folder / "registry" / path
    return file.read_bytes() if file.exists() else None


def kill_in_publish(registry: Registry, place: str, price: int) -> None:
    mark = registry.folder / f"mark-{price}"
    registry.start("slow", *SLOW_WORKER, SLOW_WORKER_AT=place, SLOW_WORKER_MARK=str(mark))
    ask_for_price(registry, price)
    wait_for(mark.exists, what=f"The write: {place}", seconds=60)
    registry.running["slow"].send_signal(signal.SIGKILL)
    registry.stop("slow")


def test_killed_worker_is_replaced_after_a_lease_and_a_sweep(registry: Registry) -> None:
    for serial, place in enumerate(PLACES, start=2):
        kill_in_publish(registry, place, price=70 + serial)
        assert registry.snapshots()[-1] == (serial, "publishing")
        assert problems(registry) == []
        died_at = time.monotonic()
        registry.start("worker", *WORKER)
        registry.start("beat", *BEAT)

        def is_live(serial: int = serial) -> bool:
            return registry.snapshots()[-1] == (serial, "live")

        wait_for(is_live, what="The sweep", seconds=LEASE_SECONDS + 2 * SWEEP_SECONDS + PATIENCE_SECONDS)

        print(f"{place}: live {time.monotonic() - died_at:.0f} seconds after the kill")
        assert (problems(registry), unlike(lambda path: fetch(registry, path))) == ([], [])
        registry.stop("worker", "beat")
    assert [state for _, state in registry.snapshots()] == ["replaced", "replaced", "replaced", "live"]


def test_message_for_two_workers_is_one_publish(registry: Registry) -> None:
    for name in ("first", "second"):
        registry.start(name, *WORKER, "-n", f"{name}@localhost")
        wait_for(lambda name=name: "ready" in registry.log(name), what=name, seconds=60)  # type: ignore[misc]

    ask_for_price(registry, 75, messages=10)

    wait_for(lambda: sum(registry.log(name).count("succeeded") for name in ("first", "second")) == 10, what="Messages")
    assert registry.snapshots() == [(1, "replaced"), (2, "live")]
    assert (problems(registry), unlike(lambda path: fetch(registry, path))) == ([], [])
    assert len(list((registry.folder / "registry" / "snapshots").glob("*.json"))) == 2
