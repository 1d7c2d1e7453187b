"""Named checks of the publisher. Each passes; `test_faults` proves of each that it fails when it should."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from catalog.actions.snapshots import request_rollback
from catalog.models import Snapshot
from catalog.publishing import publish as publishing
from catalog.publishing.cdn import NullCdn
from catalog.publishing.outlet import Outlet
from catalog.publishing.stores.base import Store
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.catalog.publishing.crash.mortal import Life
from tests.catalog.publishing.crash.reader import Fetch, ahead, dangling, read_whole, torn, unlike
from tests.catalog.publishing.crash.works import Clock, approve_first, approve_second, publish_waiting, sweep_up
from tests.catalog.publishing.crash.writes import recorded_calls
from tests.catalog.publishing.histories import outlive_lease, request
from tests.factories import KEY, outlet, provider_document, save
from tests.stores import CountingStore, InterruptedStore, WrappedStore

DECAP = "providers/cms/decap.json"


class LookingStore(WrappedStore):
    """Asks `look` for what is wrong after every write."""

    def __init__(self, inner: Store, look: Callable[[Fetch], Sequence[str]]) -> None:
        super().__init__(inner)
        self._look = look
        self.wrong: list[tuple[str, Sequence[str]]] = []

    def after(self, request: str, path: str) -> None:
        wrong = self._look(self.fetch) if request.startswith(("put", "delete")) else []
        if wrong:
            self.wrong.append((f"after {request} {path}", wrong))

    def fetch(self, path: str) -> bytes | None:
        stored = self.inner.get(path)
        return stored.content if stored else None


def publish_twice(store: Store) -> list[Snapshot]:
    """A first publish, and one that changes, adds and removes; how they ended."""
    for approve in (approve_first, approve_second):
        approve()
        publishing.run_publish(request().pk, outlet=outlet(store))
    return list(Snapshot.objects.order_by("pk"))


def check_readers_are_whole(store: Store) -> None:
    """G1 after every request of two publishes."""
    looking = LookingStore(store, torn)
    publish_twice(looking)
    assert looking.wrong == []
    assert read_whole(looking.fetch) is not None


def check_names_resolve(store: Store) -> None:
    """G9 after every request of two publishes."""
    looking = LookingStore(store, dangling)
    publish_twice(looking)
    assert looking.wrong == []


def check_nothing_shows_before_the_commit(store: Store) -> None:
    """Fixed paths are never ahead of the pointer."""
    looking = LookingStore(store, ahead)
    publish_twice(looking)
    assert looking.wrong == []


def check_copies_are_the_live_snapshot(store: Store) -> None:
    """What a reader of fixed paths finds in the end."""
    rows = publish_twice(store)
    assert (rows[-1].state, unlike(LookingStore(store, torn).fetch)) == ("live", [])


def check_publish_never_deletes_or_lists(store: Store) -> None:
    watched = CountingStore(store)
    publish_twice(watched)
    assert watched.counts().keys() <= {"get", "put_if_absent", "put_if_match"}


def check_serials_count_up(store: Store) -> None:
    rows = publish_twice(store)
    assert [(row.serial, row.state) for row in rows] == [(1, "replaced"), (2, "live")]


def check_damaged_base_stops_a_publish(store: FileSystemStore) -> None:
    """Nothing is built on a snapshot that is not what the pointer has signed."""
    approve_first()
    publishing.run_publish(request().pk, outlet=outlet(store))
    path = Path(store.address) / Snapshot.objects.get(state="live").path
    path.write_bytes(path.read_bytes().replace(b'"aliases":{', b'"aliases":{"providers/cms/x":"providers/cms/tina",'))
    approve_second()
    second = request()
    publishing.run_publish(second.pk, outlet=outlet(store))
    second.refresh_from_db()
    assert (second.state, Snapshot.objects.get(state="live").serial) == ("failed", 1)


def overtake(store: Store, *, path: str) -> None:
    """Stop a publish before it writes `path`; meanwhile it is finished by another, and the next one is published."""
    approve_first()
    publishing.run_publish(request().pk, outlet=outlet(store))
    save("provider", provider_document("decap", display_name="Second", aliases=["providers/cms/netlify_cms"]))

    def publish_next() -> None:
        outlive_lease()
        publishing.sweep(outlet=outlet(store))
        save("provider", provider_document("decap", display_name="Third", aliases=["providers/cms/netlify_cms"]))
        publishing.run_publish(request().pk, outlet=outlet(store))

    interrupted = InterruptedStore(store, publish_next, path=path)
    publishing.run_publish(request().pk, outlet=outlet(interrupted))
    assert interrupted.acted


def check_zombie_cannot_move_the_pointer_back(store: Store) -> None:
    overtake(store, path="current.json")
    whole = read_whole(LookingStore(store, torn).fetch)
    assert whole is not None
    assert (whole.serial, whole.sha256) == (3, Snapshot.objects.get(state="live").sha256)


def check_zombie_cannot_move_a_copy_back(store: Store) -> None:
    overtake(store, path=DECAP)
    assert unlike(LookingStore(store, torn).fetch) == []


def check_zombie_cannot_rewrite_history(store: Store) -> None:
    """A rollback that is stopped while it reads what it goes back to finds itself ended; its changes stay."""
    publish_twice(store)
    snapshot = request_rollback(serial=1, by=None, reason="It was better.", in_background=False)

    def finish() -> None:
        outlive_lease()
        publishing.sweep(outlet=outlet(store))

    stopped = InterruptedStore(store, finish, at=3)
    publishing.run_publish(snapshot.pk, outlet=outlet(stopped))
    assert stopped.acted
    assert snapshot.changes.count() == 3


def check_serial_keeps_its_time(store: Store) -> None:
    """Whoever takes a publish over makes the same bytes, however late it is."""
    approve_first()
    snapshot = request()
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock()
        patch.setattr(timezone, "now", clock)
        life = Life(at=5)
        with life.lived():
            publish_waiting(store, life)
        assert life.is_over
        clock.go_on(hours=1)
        sweep_up(store)
    snapshot.refresh_from_db()
    assert (snapshot.state, snapshot.published_at) == ("live", Clock().now)


def check_killed_publish_is_finished_by_a_sweep(store: Store) -> None:
    approve_first()
    request()
    life = Life(at=20, how="after")
    with life.lived():
        publish_waiting(store, life)
    assert life.is_over
    sweep_up(store)
    assert Snapshot.objects.get().state == "live"
    assert unlike(LookingStore(store, torn).fetch) == []


def check_cdn_is_told_after_the_copies(store: Store) -> None:
    """What the CDN fetches again after it was told is new: it is told when everything is in its place."""
    fetch = LookingStore(store, torn).fetch
    seen: list[tuple[int, list[str]]] = []

    class WatchingCdn(NullCdn):
        def invalidate(self, paths: Sequence[str], *, reference: str) -> str:
            whole = read_whole(fetch)
            seen.append((whole.serial, unlike(fetch)) if whole else (0, []))
            return reference

    watched = Outlet(store, settings.REGISTRY_PUBLIC_URL, [KEY], WatchingCdn())
    for approve in (approve_first, approve_second):
        approve()
        publishing.run_publish(request().pk, outlet=watched)
    assert seen == [(1, []), (2, [])]


def check_content_is_flushed_before_it_is_renamed(store: Store) -> None:
    """A power cut must not leave a name without its bytes, nor lose a name that was said to be there."""
    with recorded_calls() as calls:
        store.put_if_absent("objects/aa/1.json", b"12345")
        stored = store.get("objects/aa/1.json")
        assert stored is not None
        store.put_if_match("objects/aa/1.json", b"123456789", etag=stored.etag)
    # A new folder is a name, too, flushed before anything is written into it.
    made = ["flush folder"] * len(["the store", "objects", "objects/aa"])
    first = [*made, "flush file of 5 bytes", "rename to 1.json", "flush folder"]
    assert calls == [*first, "flush file of 9 bytes", "rename to 1.json", "flush folder"]


Check = Callable[[FileSystemStore], None]
CHECKS: dict[str, Check] = {
    name: check for name, check in dict(globals()).items() if name.startswith("check_") and callable(check)
}
