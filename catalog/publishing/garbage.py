"""Deletes what no kept snapshot reaches. The only room that deletes anything from the store.

Publishers are kept out by a lease, and the pointer is refreshed before the first delete: its new ETag fences a
publisher that slept through, so that nobody can commit a snapshot whose objects were taken for garbage.
Order: snapshots, then what they name, so that whatever is listed somewhere is still there at every moment.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from catalog.models import Snapshot, SnapshotChange
from catalog.publishing.base import read_base, read_snapshot
from catalog.publishing.candidate import live_keys
from catalog.publishing.lease import collecting
from catalog.publishing.outlet import Outlet
from catalog.publishing.refresh import refresh_pointer
from catalog.publishing.rollback import PUBLISHED
from catalog.publishing.stores.base import Store, StoreError
from catalog.publishing.tree import bundle_path, copy_path, index_path, object_path

KEEP_SNAPSHOTS = 50
KEEP_FOR = timedelta(days=90)
# How long a removed entry's fixed path still answers.
COPY_GRACE = timedelta(days=7)
DELETE_ORDER = ("snapshots/", "index/", "bundles/", "objects/")
COPY_FOLDERS = ("providers/", "builders/", "stacks/")
RENEW_EVERY = 100


class GarbageError(Exception):
    """Nothing was collected; the message says why."""


@dataclass(slots=True)
class Garbage:
    """What would be, or was, deleted: `paths` in order; `snapshots` are the rows whose files they are."""

    paths: list[str] = field(default_factory=list)
    snapshots: list[int] = field(default_factory=list)
    kept_snapshots: int = 0


def collect_garbage(
    outlet: Outlet, *, keep: int = KEEP_SNAPSHOTS, keep_for: timedelta = KEEP_FOR, apply: bool = False
) -> Garbage:
    """Find what nothing reaches that is kept (the newest `keep` snapshots, and those younger than `keep_for`).

    Deletes it with `apply`. Raises GarbageError if somebody publishes, StoreError if the store fails; what was deleted
    until then was garbage.
    """
    with collecting() as renew:
        if renew is None:
            raise GarbageError("A publish, or another collection, is running; try again when it is done.")
        garbage = _find(outlet.store, keep=keep, younger_than=timezone.now() - keep_for)
        if apply and garbage.paths:
            _fence(outlet)
            if not renew():
                raise GarbageError("Looking took too long and lost its lease; nothing was deleted, run it again.")
            # From here on these serials cannot be gone back to, whatever is deleted of them before a kill.
            Snapshot.objects.filter(pk__in=garbage.snapshots).update(collected_at=timezone.now())
            for done, path in enumerate(garbage.paths):
                if done % RENEW_EVERY == RENEW_EVERY - 1 and not renew():
                    raise GarbageError(f"It took too long and lost its lease; {done} files are deleted, run it again.")
                outlet.store.delete(path)
    return garbage


def _fence(outlet: Outlet) -> None:
    before = read_base(outlet.store).etag
    refresh_pointer(outlet, as_fence=True)
    if read_base(outlet.store).etag == before:
        raise GarbageError("The pointer could not be renewed; nothing was deleted.")


def _find(store: Store, *, keep: int, younger_than: datetime) -> Garbage:
    base = read_base(store)
    if base.pointer is None:
        raise GarbageError("Nothing is published yet.")
    published = list(Snapshot.objects.filter(state__in=PUBLISHED, collected_at=None).order_by("-serial"))
    if not published or published[0].sha256 != base.pointer.sha256:
        raise GarbageError("The pointer is not at the live snapshot of this database; run resume_publish first.")
    kept = [
        row
        for at, row in enumerate(published)
        if at < max(keep, 1) or (row.published_at or younger_than) > younger_than
    ]
    reachable = {row.path for row in kept}
    for row in kept:
        reachable |= _reached(store, row)
    paths = [path for prefix in DELETE_ORDER for path in store.list(prefix) if path not in reachable]
    dropped = [row.pk for row in published if row not in kept]
    return Garbage([*paths, *_stale_copies(store)], dropped, len(kept))


def _reached(store: Store, row: Snapshot) -> set[str]:
    """Every path that one snapshot names."""
    snapshot = read_snapshot(store, row.path, row.sha256)
    reached = {bundle_path(bundle["sha256"]) for bundle in snapshot["bundles"].values()}
    for shard in snapshot["shards"].values():
        path = index_path(shard["sha256"])
        stored = store.get(path)
        if stored is None:
            raise StoreError(f"{path} is missing; run verify_published. Nothing was deleted.")
        reached.add(path)
        reached |= {object_path(line["sha256"]) for line in json.loads(stored.content).values()}
    return reached


def _stale_copies(store: Store) -> Iterable[str]:
    """Copies of entries that left the registry longer than the grace ago; files of nobody's are left alone."""
    live = {copy_path(key) for key in live_keys()}
    listed = {path for folder in COPY_FOLDERS for path in store.list(folder)} - live
    changed = SnapshotChange.objects.filter(snapshot__state__in=PUBLISHED).values("entry_key")
    ages = dict(changed.annotate(at=Max("snapshot__published_at")).values_list("entry_key", "at"))
    gone = {copy_path(key) for key, at in ages.items() if at and at < timezone.now() - COPY_GRACE}
    return sorted(listed & gone)
