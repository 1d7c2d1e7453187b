"""Garbage: what nobody reaches goes, what somebody may still read or go back to stays, and publishers are kept out."""

from datetime import timedelta

import pytest

from catalog.models import Lease, Snapshot
from catalog.publishing.base import Base, read_base, read_snapshot
from catalog.publishing.garbage import Garbage, GarbageError, collect_garbage
from catalog.publishing.outlet import Outlet
from catalog.publishing.stores.base import Store, StoreError
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.cases import spread
from tests.catalog.publishing.heaps import collect, publish_costs, whole_serials
from tests.catalog.publishing.histories import REMOVED, request, run
from tests.clock import Clock
from tests.factories import KEY, SANITY, outlet, provider_document, publish, save
from tests.stores import BreakingStore, CountingStore, read_tree, verify

pytestmark = pytest.mark.django_db


def test_dry_run_deletes_nothing(folder_store: FileSystemStore, clock: Clock) -> None:
    publish_costs(folder_store, 1, 2, 3)
    before, watched = read_tree(folder_store), CountingStore(folder_store)
    clock.now += timedelta(days=1)

    garbage = collect_garbage(outlet(watched), keep=1, keep_for=timedelta(0))

    assert (len(garbage.paths), len(garbage.snapshots), garbage.kept_snapshots) == (8, 2, 1)
    assert (read_tree(folder_store), watched.counts()["delete"], watched.writes()) == (before, 0, [])
    assert Snapshot.objects.filter(collected_at=None).count() == 3
    assert Lease.objects.count() == 0


def test_apply_deletes_exactly_what_the_dry_run_names(store: Store, clock: Clock) -> None:
    publish_costs(store, 1, 2, 3)
    before = read_tree(store)
    clock.now += timedelta(days=1)
    named = collect(store, apply=False).paths

    garbage = collect(store)

    assert garbage.paths == named
    assert read_tree(store).keys() == before.keys() - set(named)
    assert verify(store).problems == []


def test_deletes_go_from_names_to_what_they_name(folder_store: FileSystemStore, clock: Clock) -> None:
    publish_costs(folder_store, 1, 2)
    watched = CountingStore(folder_store)
    clock.now += timedelta(days=1)

    collect(watched)

    deleted = [path.partition("/")[0] for request, path in watched.requests if request == "delete"]
    assert deleted == ["snapshots", "index", "bundles", "objects"]


@pytest.mark.parametrize(
    ("keep", "days", "kept"),
    spread(
        [
            (1, 0, [5]),
            (2, 0, [4, 5]),
            (4, 0, [2, 3, 4, 5]),
            (50, 0, [1, 2, 3, 4, 5]),
            (1, 3.5, [3, 4, 5]),
            (1, 3, [4, 5]),
            (1, 90, [1, 2, 3, 4, 5]),
            (2, 1.5, [4, 5]),
            (0, 0, [5]),
        ],
        fast=5,
    ),
)
def test_newest_and_youngest_stay_whole(
    folder_store: FileSystemStore, clock: Clock, keep: int, days: float, kept: list[int]
) -> None:
    for cost in range(1, 6):
        publish_costs(folder_store, cost)
        clock.now += timedelta(days=1)

    garbage = collect(folder_store, keep=keep, days=days)

    assert whole_serials(folder_store) == kept
    assert garbage.kept_snapshots == len(kept)
    collected = Snapshot.objects.exclude(collected_at=None).order_by("serial").values_list("serial", flat=True)
    assert list(collected) == [serial for serial in range(1, 6) if serial not in kept]
    assert verify(folder_store).problems == []


def test_live_snapshot_stays_however_old_it_is(folder_store: FileSystemStore, clock: Clock) -> None:
    publish_costs(folder_store, 1)
    clock.now += timedelta(days=1000)

    assert collect(folder_store) == Garbage([], [], 1)


def test_what_a_failed_publish_left_goes(folder_store: FileSystemStore, clock: Clock, one_by_one: None) -> None:
    publish_costs(folder_store, 1)
    before = read_tree(folder_store)
    save("provider", {**SANITY, "display_name": "Never seen"})
    failed = run(request(), BreakingStore(folder_store, at=5, how="refused"))
    assert failed.state == "failed"
    orphans = sorted(read_tree(folder_store).keys() - before.keys())
    assert [path.partition("/")[0] for path in orphans] == ["bundles", "index", "objects", "snapshots"]
    clock.now += timedelta(days=1)

    assert sorted(collect(folder_store).paths) == orphans

    publish(folder_store)
    assert verify(folder_store).problems == []


def test_copy_of_a_removed_entry_goes_after_its_grace(folder_store: FileSystemStore, clock: Clock) -> None:
    publish_costs(folder_store, 1)
    save("provider", provider_document("tina", lifecycle=REMOVED))
    publish(folder_store)
    copies = []
    for days in (6.9, 0.2):
        clock.now += timedelta(days=days)
        collect(folder_store)
        copies.append("providers/cms/tina.json" in read_tree(folder_store))

    assert copies == [True, False]
    assert verify(folder_store).problems == []


def test_files_of_somebody_else_stay(folder_store: FileSystemStore, clock: Clock) -> None:
    publish_costs(folder_store, 1)
    for path in ("providers/cms/mine.json", "notes/mine.json", "builders/README.json", "index.html"):
        folder_store.put_if_absent(path, b"{}")
    clock.now += timedelta(days=365)
    before = read_tree(folder_store)

    collect(folder_store)

    assert read_tree(folder_store).keys() == before.keys()


def test_document_whose_object_was_collected_is_published_again(folder_store: FileSystemStore, clock: Clock) -> None:
    publish_costs(folder_store, 1, 2)
    clock.now += timedelta(days=1)
    collect(folder_store)

    publish_costs(folder_store, 1)

    assert read_base(folder_store).serial == 3
    assert verify(folder_store).problems == []


def test_nothing_published_is_refused(folder_store: FileSystemStore) -> None:
    with pytest.raises(GarbageError, match=r"^Nothing is published yet\.$"):
        collect(folder_store)


def test_store_of_another_registry_is_refused(folder_store: FileSystemStore) -> None:
    publish_costs(folder_store, 1, 2)
    before = read_tree(folder_store)
    Snapshot.objects.filter(state="live").update(sha256="0" * 64)

    with pytest.raises(GarbageError, match="not at the live snapshot of this database; run resume_publish first"):
        collect(folder_store)

    assert read_tree(folder_store) == before


@pytest.mark.parametrize("prefix", ["snapshots/00000001", "index/"])
def test_damaged_snapshot_that_is_kept_stops_it(folder_store: FileSystemStore, prefix: str) -> None:
    publish_costs(folder_store, 1, 2)
    folder_store.delete(next(folder_store.list(prefix)))
    before = read_tree(folder_store)

    with pytest.raises(StoreError, match="run verify_published"):
        collect(folder_store, keep=2)

    assert read_tree(folder_store) == before


def test_base_of_a_collected_parent_is_still_readable(folder_store: FileSystemStore, clock: Clock) -> None:
    publish_costs(folder_store, 1, 2)
    clock.now += timedelta(days=1)
    collect(folder_store)

    base: Base = read_base(folder_store)

    assert folder_store.get(base.snapshot["parent"]) is None
    with pytest.raises(StoreError, match="is missing or damaged"):
        read_snapshot(folder_store, base.snapshot["parent"], "0" * 64)


def test_outlet_of_the_collector_signs_with_the_keys_of_today(folder_store: FileSystemStore, clock: Clock) -> None:
    publish_costs(folder_store, 1, 2)
    clock.now += timedelta(days=1)
    before = read_base(folder_store).pointer

    collect_garbage(Outlet(folder_store, "", [KEY]), keep=1, keep_for=timedelta(0), apply=True)

    after = read_base(folder_store).pointer
    assert before is not None
    assert after is not None
    assert (before.expires_at, after.expires_at) == ("2030-01-09T12:00:00Z", "2030-01-10T12:00:00Z")
