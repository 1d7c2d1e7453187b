"""Collectors and publishers keep out of each other's way, and a collection that breaks off does no harm."""

from datetime import timedelta

import pytest

from catalog.models import Lease, Snapshot
from catalog.publishing import lease
from catalog.publishing.base import read_base
from catalog.publishing.garbage import GarbageError
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.catalog.publishing.heaps import collect, publish_costs, whole_serials
from tests.catalog.publishing.histories import request, run, sweep
from tests.clock import Clock
from tests.factories import SANITY, publish, save
from tests.stores import CountingStore, InterruptedStore, Killed, WrappedStore, read_tree, verify

pytestmark = pytest.mark.django_db


def test_running_publish_keeps_it_out(folder_store: FileSystemStore) -> None:
    publish_costs(folder_store, 1)
    save("provider", {**SANITY, "display_name": "Other"})
    waiting = request()
    lease.claim(waiting.pk)

    with pytest.raises(GarbageError, match=r"^A publish, or another collection, is running; try again when it is done"):
        collect(folder_store)

    assert Lease.objects.count() == 0


def test_running_collection_keeps_a_second_one_out(folder_store: FileSystemStore) -> None:
    publish_costs(folder_store, 1)

    with lease.collecting() as first:
        with pytest.raises(GarbageError, match="is running"):
            collect(folder_store)
        assert (first is not None and first(), Lease.objects.count()) == (True, 1)

    assert Lease.objects.count() == 0
    collect(folder_store)


def test_dead_collection_is_forgotten_after_its_lease(folder_store: FileSystemStore, clock: Clock) -> None:
    publish_costs(folder_store, 1)
    Lease.objects.create(name=lease.COLLECTOR, token="dead", expires_at=clock.now)

    with pytest.raises(GarbageError, match="is running"):
        collect(folder_store)

    clock.now += timedelta(seconds=1)
    assert collect(folder_store).paths == []


def test_publish_waits_for_a_running_collection(folder_store: FileSystemStore) -> None:
    publish_costs(folder_store, 1)
    save("provider", {**SANITY, "display_name": "Other"})
    waiting = request()

    with lease.collecting():
        run(waiting, folder_store)
        during = waiting.state
    sweep(folder_store)

    waiting.refresh_from_db()
    assert (during, waiting.state, waiting.serial) == ("pending", "live", 2)
    assert verify(folder_store).problems == []


def test_publisher_that_slept_through_it_is_fenced(
    folder_store: FileSystemStore, clock: Clock, one_by_one: None
) -> None:
    """It found an object in place and fell asleep; its row was ended and the object collected; then it commits."""
    publish_costs(folder_store, 1, 2)
    save("provider", {**SANITY, "monthly_cost_range": [1, 1]})
    sleeper = request()

    def collect_meanwhile() -> None:
        Snapshot.objects.filter(pk=sleeper.pk).update(state="failed")
        clock.now += timedelta(days=1)
        assert collect(folder_store).paths != []

    run(sleeper, InterruptedStore(folder_store, collect_meanwhile, path="current.json"))

    assert (sleeper.state, read_base(folder_store).serial) == ("failed", 2)
    assert verify(folder_store).problems == []
    assert publish(folder_store).state == "live"
    assert verify(folder_store).problems == []


class Overtaken(WrappedStore):
    """Its pointer is never written by the collector."""

    def put_if_match(self, path: str, content: bytes, *, etag: str) -> None:
        super().put_if_match(path, content, etag="somebody else's")


def test_collector_that_cannot_fence_deletes_nothing(folder_store: FileSystemStore, clock: Clock) -> None:
    publish_costs(folder_store, 1, 2)
    before = read_tree(folder_store)
    clock.now += timedelta(days=1)

    with pytest.raises(GarbageError, match=r"^The pointer could not be renewed; nothing was deleted\.$"):
        collect(Overtaken(folder_store))

    assert read_tree(folder_store) == before
    assert Snapshot.objects.filter(collected_at=None).count() == 2


def test_collector_that_looked_for_too_long_deletes_nothing(folder_store: FileSystemStore, clock: Clock) -> None:
    """Its lease ran out, so a publish may have used again what it took for garbage."""
    publish_costs(folder_store, 1, 2)

    class Slow(WrappedStore):
        def before(self, request: str, path: str) -> None:
            if (request, path) == ("list", "stacks/"):
                clock.now += lease.COLLECTOR_LEASE + timedelta(seconds=1)
                publish_costs(folder_store, 1)

    with pytest.raises(GarbageError, match=r"^Looking took too long and lost its lease; nothing was deleted"):
        collect(Slow(folder_store))

    assert verify(folder_store).problems == []
    assert Snapshot.objects.filter(collected_at=None).count() == 3


def test_lease_that_ran_out_is_lost_though_nobody_took_it(clock: Clock) -> None:
    with lease.collecting() as renew:
        assert renew is not None
        clock.now += lease.COLLECTOR_LEASE
        assert renew() is True
        clock.now += lease.COLLECTOR_LEASE + timedelta(seconds=1)
        assert renew() is False


def test_collector_that_loses_its_lease_stops(
    folder_store: FileSystemStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.publishing.garbage.RENEW_EVERY", 2)
    publish_costs(folder_store, 1, 2, 3)
    clock.now += timedelta(days=1)

    class Slow(CountingStore):
        def after(self, request: str, path: str) -> None:
            if request == "delete":
                clock.now += lease.COLLECTOR_LEASE + timedelta(seconds=1)

    watched = Slow(folder_store)
    with pytest.raises(GarbageError, match=r"^It took too long and lost its lease; 1 files are deleted, run it again"):
        collect(watched)

    assert watched.counts()["delete"] == 1
    assert verify(folder_store).problems == []
    collect(folder_store)
    assert whole_serials(folder_store) == [3]


def test_killed_collection_is_finished_by_the_next(folder_store: FileSystemStore, clock: Clock) -> None:
    publish_costs(folder_store, 1, 2, 3)
    clock.now += timedelta(days=1)

    class Dying(WrappedStore):
        deletes = 0

        def before(self, request: str, path: str) -> None:
            self.deletes += request == "delete"
            if self.deletes == 3:
                raise Killed

    with pytest.raises(Killed):
        collect(Dying(folder_store))
    assert list(Snapshot.objects.filter(collected_at=None).values_list("serial", flat=True)) == [3]

    clock.now += lease.COLLECTOR_LEASE * 2
    collect(folder_store)

    assert collect(folder_store).paths == []
    assert whole_serials(folder_store) == [3]
    assert verify(folder_store).problems == []
