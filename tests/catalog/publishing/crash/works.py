"""Everything that writes to the store, as works that can be killed at any act and run again."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from catalog.actions import keys as key_actions
from catalog.actions.keys import add_signing_key, retire_signing_key
from catalog.actions.snapshots import request_rollback
from catalog.models import Lease, SigningKey, Snapshot
from catalog.publishing import outlet as outlets
from catalog.publishing import publish as publishing
from catalog.publishing.garbage import collect_garbage
from catalog.publishing.outlet import open_outlet
from catalog.publishing.publish import run_publish
from catalog.publishing.refresh import refresh_pointer
from catalog.publishing.signing import KeyPair, new_key, read_keys, write_keys
from catalog.publishing.stores.base import Store
from tests.catalog.publishing.crash.mortal import Life, MortalStore
from tests.catalog.publishing.histories import REMOVED, outlive_lease, request
from tests.factories import KEY, outlet, provider_document, publish, save, stack_document

SECOND_KEY = new_key()


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 2, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **by: float) -> None:
        self.now += timedelta(**by)

    def text(self) -> str:
        return self.now.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Work:
    """`prepare` builds what there is before, `start` is what gets killed, `again` is what happens afterwards.

    `pauses`: whether it is started again an hour later, since it writes the time of its run.
    """

    prepare: Callable[[Store, Clock], None]
    start: Callable[[Store, Life], None]
    again: Callable[[Store], None]
    pauses: bool = False


def approve_first() -> None:
    """Two providers, one with an alias, and a stack that needs one of them."""
    save("provider", provider_document("decap", aliases=["providers/cms/netlify_cms"]))
    save("provider", provider_document("tina"))
    save("stack", stack_document("marketing", providers={"cms": ["decap"]}))


def approve_second() -> None:
    """One changed, one removed, one added with an alias; its category is new."""
    save("provider", provider_document("decap", display_name="Decap CMS", aliases=["providers/cms/netlify_cms"]))
    save("provider", provider_document("tina", lifecycle=REMOVED))
    eleventy = provider_document("eleventy", provider_type="ssg", category="ssg_service", cms_type=None)
    save("provider", {**eleventy, "implementation_language": "javascript", "aliases": ["providers/ssg/11ty"]})


def publish_waiting(store: Store, life: Life) -> None:
    waiting = Snapshot.objects.get(state="pending")
    run_publish(waiting.pk, outlet=outlet(MortalStore(store, life)))


def sweep_up(store: Store) -> None:
    """What beat does when the leases of the dead are over."""
    outlive_lease()
    Lease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    publishing.sweep(outlet=outlet(store))


def collect(store: Store) -> None:
    collect_garbage(outlet(store), keep=1, keep_for=timedelta(0), apply=True)


def collect_again(store: Store) -> None:
    sweep_up(store)
    collect(store)


def first_requested(_store: Store, _clock: Clock) -> None:
    approve_first()
    request()


def first_published(store: Store, clock: Clock) -> None:
    write_keys(settings.REGISTRY_SIGNING_KEY_FILE, [KEY])
    approve_first()
    publish(store)
    clock.go_on(days=1)


def second_requested(store: Store, clock: Clock) -> None:
    first_published(store, clock)
    approve_second()
    request()


def second_published(store: Store, clock: Clock) -> None:
    first_published(store, clock)
    approve_second()
    publish(store)
    clock.go_on(days=1)


def rollback_requested(store: Store, clock: Clock) -> None:
    second_published(store, clock)
    request_rollback(serial=1, by=None, reason="It was better.", in_background=False)


def long_published(store: Store, clock: Clock) -> None:
    second_published(store, clock)
    save("provider", provider_document("decap", display_name="Decap"))
    publish(store)
    clock.go_on(days=100)


def two_keys(store: Store, clock: Clock) -> None:
    first_published(store, clock)
    add_signing_key()
    clock.go_on(days=1)


def rotated_again(_store: Store) -> None:
    """`signing_key new` again if the key was not kept; what is in the file is announced by the next refresh."""
    if len(read_keys(settings.REGISTRY_SIGNING_KEY_FILE)) == 1:
        add_signing_key()
    else:
        refresh_pointer(open_outlet())


def retired_again(_store: Store) -> None:
    if SigningKey.objects.filter(kid=KEY.kid, not_after=None).exists():
        retire_signing_key(KEY.kid)
    else:
        refresh_pointer(open_outlet())


WORKS: dict[str, Work] = {
    "first publish": Work(first_requested, publish_waiting, sweep_up),
    "changes": Work(second_requested, publish_waiting, sweep_up),
    "rollback": Work(rollback_requested, publish_waiting, sweep_up),
    "garbage": Work(long_published, lambda store, life: collect(MortalStore(store, life)), collect_again, pauses=True),
    "refresh": Work(
        first_published,
        lambda store, life: _nothing(refresh_pointer(outlet(MortalStore(store, life)))),
        lambda store: _nothing(refresh_pointer(outlet(store))),
    ),
    "new key": Work(first_published, lambda store, life: _nothing(add_signing_key()), rotated_again),
    "retired key": Work(two_keys, lambda store, life: retire_signing_key(KEY.kid), retired_again),
}


def _nothing(_answer: object) -> None:
    """An answer that nobody needs."""


def database_state() -> dict[str, object]:
    """What must be the same in the end, beside the tree."""
    published = Snapshot.objects.exclude(serial=None).order_by("pk")
    return {
        "snapshots": list(published.values_list("serial", "state", "path", "sha256", "published_at", "expires_at")),
        "changes": list(
            published.order_by("pk", "changes__entry_key").values_list(
                "serial", "changes__entry_key", "changes__old_revision", "changes__new_revision"
            )
        ),
        "keys": list(SigningKey.objects.order_by("kid").values_list("kid", "not_before", "not_after")),
        "unfinished": Snapshot.objects.filter(state__in=("pending", "publishing")).count(),
    }


@contextmanager
def configured(store: Store, life: Life) -> Iterator[None]:
    """What opens the configured store gets this one; the file of keys is written by a process with this life."""

    def write(path: Path, keys: Sequence[KeyPair]) -> None:
        life.act(f"write {path.name}", lambda: write_keys(path, keys))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outlets, "open_store", lambda: MortalStore(store, life))
        patch.setattr(key_actions, "write_keys", write)
        patch.setattr(key_actions, "new_key", lambda: SECOND_KEY)
        yield
