"""Who may get into whose way, and what must hold whatever the order is."""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from catalog.actions.errors import RefusedError
from catalog.actions.keys import add_signing_key, retire_signing_key
from catalog.actions.snapshots import request_rollback
from catalog.models import ENTRY_MODELS, Lease, Snapshot, SnapshotChange
from catalog.publishing.candidate import collect_changes
from catalog.publishing.garbage import GarbageError, collect_garbage
from catalog.publishing.outlet import Outlet
from catalog.publishing.publish import run_publish, sweep
from catalog.publishing.refresh import refresh_pointer
from catalog.publishing.signing import read_keys, write_keys
from catalog.publishing.stores.base import Store, StoreError
from tests.catalog.publishing.crash.mortal import Life
from tests.catalog.publishing.crash.reader import Fetch, ahead, dangling, read_whole, torn, unlike
from tests.catalog.publishing.crash.works import approve_first, approve_second, configured
from tests.catalog.publishing.histories import outlive_lease, request
from tests.factories import KEY, outlet, provider_document, publish, save
from tests.stores import WrappedStore

OLD = provider_document("decap", aliases=["providers/cms/netlify_cms"])


class TickingClock:
    """No two looks at it show the same second, so that nothing is equal by chance."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 2, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass(frozen=True, slots=True)
class Rivalry:
    """What there is before, and two who act; `prepare` leaves a Snapshot that waits."""

    prepare: Callable[[Store], None]
    first: Callable[[Store], object]
    second: Callable[[Store], object]


def publish_it(store: Store) -> None:
    """The Snapshot that waits, or that somebody has been silent about for longer than a lease."""
    outlive_lease()
    first_asked = Snapshot.objects.filter(note="the one").get()
    run_publish(first_asked.pk, outlet=outlet(store))


def publish_with_keys_of_the_file(store: Store) -> None:
    """As a task does it, which opens the file of keys when it begins."""
    outlive_lease()
    waiting = Snapshot.objects.get(note="the one")
    keys = read_keys(settings.REGISTRY_SIGNING_KEY_FILE)
    run_publish(waiting.pk, outlet=Outlet(store, settings.REGISTRY_PUBLIC_URL, keys))


def publish_next(store: Store) -> None:
    """Finish what the other one left, then bring the old content back under the next serial."""
    outlive_lease()
    sweep(outlet=outlet(store))
    save("provider", OLD)
    if collect_changes() and not Snapshot.objects.filter(state="pending").exists():
        run_publish(request().pk, outlet=outlet(store))


def refresh(store: Store) -> None:
    """Refused while something is committed that is not finished."""
    with suppress(StoreError):
        refresh_pointer(outlet(store))


def refresh_with_keys_of_the_file(store: Store) -> None:
    keys = read_keys(settings.REGISTRY_SIGNING_KEY_FILE)
    refresh_pointer(Outlet(store, settings.REGISTRY_PUBLIC_URL, keys))


def collect(store: Store) -> None:
    """As the command does it: what was left half-way is finished first. Refused while somebody publishes."""
    outlive_lease()
    sweep(outlet=outlet(store))
    with suppress(GarbageError):
        collect_garbage(outlet(store), keep=1, keep_for=timedelta(0), apply=True)


def rotate_keys(store: Store) -> None:
    """A second key, then an end for the first; refused while something is published."""
    with configured(store, Life()), suppress(StoreError, RefusedError):
        add_signing_key()
        retire_signing_key(KEY.kid)


def ask_for_changes(store: Store) -> None:
    approve_first()
    publish(store)
    approve_second()
    Snapshot.objects.filter(pk=request().pk).update(note="the one")


def ask_for_old_content(store: Store) -> None:
    """Its objects are garbage, unless it is published before somebody collects."""
    approve_first()
    publish(store)
    save("provider", provider_document("decap", display_name="Decap CMS"))
    publish(store)
    save("provider", OLD)
    Snapshot.objects.filter(pk=request().pk).update(note="the one")


def ask_with_keys(store: Store) -> None:
    write_keys(settings.REGISTRY_SIGNING_KEY_FILE, [KEY])
    ask_for_changes(store)


def ask_for_a_rollback(store: Store) -> None:
    """It reads what it goes back to between looking at its row and writing into it."""
    approve_first()
    publish(store)
    approve_second()
    publish(store)
    snapshot = request_rollback(serial=1, by=None, reason="It was better.", in_background=False)
    Snapshot.objects.filter(pk=snapshot.pk).update(note="the one")


RIVALRIES = {
    "a zombie and its successor": Rivalry(ask_for_changes, publish_it, publish_it),
    "a zombie and the next publish": Rivalry(ask_for_changes, publish_it, publish_next),
    "a rollback and its successor": Rivalry(ask_for_a_rollback, publish_it, publish_it),
    "a publish and a refresh": Rivalry(ask_for_changes, publish_it, refresh),
    "a publish and a collection": Rivalry(ask_for_old_content, publish_it, collect),
    "a publish and a rotation of keys": Rivalry(ask_with_keys, publish_with_keys_of_the_file, rotate_keys),
    "a refresh and a rotation of keys": Rivalry(ask_with_keys, refresh_with_keys_of_the_file, rotate_keys),
}


class WatchedStore(WrappedStore):
    """Looks at the tree as a reader after every write, and keeps what is wrong."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.wrong: list[str] = []
        self._serial = 0

    def after(self, request: str, path: str) -> None:
        if request.startswith(("put", "delete")):
            found = (
                torn(self.fetch, now=f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}") + dangling(self.fetch) + ahead(self.fetch)
            )
            whole = None if found else read_whole(self.fetch)
            serial = whole.serial if whole else self._serial
            if serial < self._serial:
                found.append(f"serial {serial} after {self._serial}")
            self._serial = serial
            self.wrong += [f"after {request} {path}: {problem}" for problem in found]

    def fetch(self, path: str) -> bytes | None:
        stored = self.inner.get(path)
        return stored.content if stored else None


def come_to_rest(store: Store) -> None:
    """What happens by itself when the leases of the dead are over."""
    for _ in range(2):
        outlive_lease()
        Lease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        sweep(outlet=outlet(store))


def wrong_at_rest(fetch: Fetch) -> list[str]:
    """Whatever was lost, forked or moved back, in the tree and in the database."""
    wrong = torn(fetch) + dangling(fetch) + ahead(fetch)
    wrong += unlike(fetch) if not wrong else []
    rolled_back = Snapshot.objects.filter(state="live", rolled_back_to__isnull=False).exists()
    wrong += [] if rolled_back else [f"not live: {key}" for key in collect_changes()]
    ends = Snapshot.objects.order_by("pk").values_list("serial", "state", "failure_reason")
    wrong += [f"ended so: {end}" for end in ends if end[1] not in ("live", "replaced") or end[2]]
    return wrong + _forks(fetch) + _lost_history()


def _forks(fetch: Fetch) -> list[str]:
    """Rows that are not the chain of snapshots which the pointer leads to."""
    rows = list(Snapshot.objects.filter(state__in=("live", "replaced")).order_by("serial"))
    wrong = [] if [row.serial for row in rows] == list(range(1, len(rows) + 1)) else ["serials are not 1, 2, 3..."]
    whole = read_whole(fetch)
    if whole is None or not rows or (rows[-1].sha256, rows[-1].state) != (whole.sha256, "live"):
        return [*wrong, "the live row is not what the pointer leads to"]
    for row, parent in zip(rows, [None, *rows], strict=False):
        content = fetch(row.path)
        if content is None and row.collected_at:
            continue
        wrong += _unlike_row(row, parent, content)
    return wrong


def _unlike_row(row: Snapshot, parent: Snapshot | None, content: bytes | None) -> list[str]:
    if content is None or hashlib.sha256(content).hexdigest() != row.sha256:
        return [f"serial {row.serial}: {row.path} is missing, or has another digest than its row"]
    found = json.loads(content)
    expected = {
        "serial": row.serial,
        "published_at": f"{row.published_at:%Y-%m-%dT%H:%M:%SZ}",
        "parent": parent.path if parent else None,
    }
    return [f"serial {row.serial}: {name} differs" for name, value in expected.items() if found[name] != value]


def _lost_history() -> list[str]:
    """Played from the beginning, the changes of all published snapshots must end in what is live."""
    changes = SnapshotChange.objects.filter(snapshot__state__in=("live", "replaced")).order_by("snapshot__serial")
    state: dict[str, int | None] = {}
    wrong = []
    for key, old, new in changes.values_list("entry_key", "old_revision", "new_revision"):
        if state.get(key) != old:
            wrong.append(f"{key}: its history has a gap")
        state[key] = new
    live: dict[str, int | None] = {}
    for model in ENTRY_MODELS:
        live.update(model.objects.exclude(live_revision=None).values_list("key", F("live_revision")))
    played = {key: revision for key, revision in state.items() if revision}
    return wrong + ([] if played == live else ["the changes of the snapshots do not end in what is live"])
