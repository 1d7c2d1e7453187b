"""The live pointer is renewed in time, and by whoever is not overtaken."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core.management import call_command

from catalog import tasks
from catalog.models import Invalidation, Snapshot
from catalog.publishing.base import Base, read_base
from catalog.publishing.pointer import Pointer
from catalog.publishing.refresh import refresh_pointer
from catalog.publishing.stores.base import StoreError
from catalog.publishing.stores.configured import open_store
from catalog.publishing.stores.filesystem import FileSystemStore
from registry_site.celery import app
from tests.catalog.publishing.histories import approve_first_step, approve_second_step, request, run, sweep
from tests.clock import Clock
from tests.factories import SANITY, outlet, publish, save
from tests.stores import BreakingStore, CountingStore, InterruptedStore, Killed, read_tree, verify

pytestmark = pytest.mark.django_db


def pointer_of(base: Base) -> Pointer:
    assert base.pointer is not None
    return base.pointer


def live() -> Snapshot:
    return Snapshot.objects.get(state="live")


def test_refresh_changes_the_expiry_and_nothing_else(folder_store: FileSystemStore, clock: Clock) -> None:
    approve_first_step()
    publish(folder_store)
    before, tree, row = pointer_of(read_base(folder_store)), read_tree(folder_store), live()
    clock.now += timedelta(days=3, microseconds=999_999)

    assert refresh_pointer(outlet(folder_store)) is True

    after, later = pointer_of(read_base(folder_store)), read_tree(folder_store)
    assert before.expires_at == "2030-01-09T12:00:00Z"
    assert after == Pointer(1, before.snapshot, before.sha256, before.published_at, "2030-01-12T12:00:00Z")
    assert {path for path in tree.keys() | later.keys() if tree.get(path) != later.get(path)} == {"current.json"}
    assert (live().serial, live().expires_at) == (1, datetime(2030, 1, 12, 12, tzinfo=UTC))
    assert Snapshot.objects.filter(pk=row.pk).values("sha256", "published_at", "path").get() == {
        "sha256": row.sha256,
        "published_at": row.published_at,
        "path": row.path,
    }
    assert verify(folder_store).problems == []


def test_refresh_tells_the_cdn_of_the_pointer_and_the_keys(folder_store: FileSystemStore, clock: Clock) -> None:
    approve_first_step()
    publish(folder_store)
    Invalidation.objects.all().delete()

    refresh_pointer(outlet(folder_store))

    assert [(row.paths, row.reference[:9], row.state) for row in Invalidation.objects.all()] == [
        (["current.json", "keys.json"], "refresh-1", "waiting")
    ]


@pytest.mark.parametrize(
    ("age", "is_due"),
    [
        (timedelta(0), False),
        (timedelta(hours=41), False),
        (timedelta(hours=42), True),
        (timedelta(days=5), True),
        (timedelta(days=30), True),
    ],
    ids=str,
)
def test_refresh_is_due_after_a_quarter_of_its_life(
    folder_store: FileSystemStore, clock: Clock, age: timedelta, is_due: bool
) -> None:
    approve_first_step()
    publish(folder_store)
    before = read_tree(folder_store)
    clock.now += age

    assert refresh_pointer(outlet(folder_store), only_if_due=True) is is_due

    assert (read_tree(folder_store) == before) is not is_due


def test_second_refresh_is_not_due_right_after_the_first(folder_store: FileSystemStore, clock: Clock) -> None:
    approve_first_step()
    publish(folder_store)
    clock.now += timedelta(days=2)

    assert refresh_pointer(outlet(folder_store), only_if_due=True) is True
    assert refresh_pointer(outlet(folder_store), only_if_due=True) is False


def test_fences_within_a_second_have_bytes_of_their_own(folder_store: FileSystemStore, clock: Clock) -> None:
    approve_first_step()
    publish(folder_store)
    seen = [read_tree(folder_store)["current.json"]]

    for _ in range(2):
        refresh_pointer(outlet(folder_store), as_fence=True)
        seen.append(read_tree(folder_store)["current.json"])

    assert len(set(seen)) == 3
    assert pointer_of(read_base(folder_store)).expires_at == "2030-01-09T12:00:02Z"


def test_refreshes_within_a_second_have_the_same_bytes(folder_store: FileSystemStore, clock: Clock) -> None:
    approve_first_step()
    publish(folder_store)
    before = read_tree(folder_store)

    refresh_pointer(outlet(folder_store))

    assert read_tree(folder_store) == before


def test_refresh_with_nothing_published_is_refused(folder_store: FileSystemStore) -> None:
    watched = CountingStore(folder_store)

    with pytest.raises(StoreError, match=r"^Nothing is published yet, so there is no pointer to refresh\.$"):
        refresh_pointer(outlet(watched))

    assert watched.writes() == []


def test_refresh_of_another_registry_is_refused(folder_store: FileSystemStore) -> None:
    approve_first_step()
    publish(folder_store)
    before = read_tree(folder_store)
    Snapshot.objects.update(sha256="0" * 64)

    with pytest.raises(StoreError, match=r"not at the live snapshot of this database; run resume_publish first\.$"):
        refresh_pointer(outlet(folder_store))

    assert read_tree(folder_store) == before


def test_refresh_that_is_overtaken_by_a_publish_writes_nothing(folder_store: FileSystemStore) -> None:
    approve_first_step()
    publish(folder_store)
    approve_second_step()

    written = refresh_pointer(
        outlet(InterruptedStore(folder_store, lambda: publish(folder_store), path="current.json"))
    )

    assert (written, pointer_of(read_base(folder_store)).serial, live().serial) == (False, 2, 2)
    assert verify(folder_store).problems == []


def test_publish_that_started_before_a_refresh_starts_over(
    folder_store: FileSystemStore, clock: Clock, one_by_one: None
) -> None:
    approve_first_step()
    publish(folder_store)
    approve_second_step()
    clock.now += timedelta(hours=1)

    def refresh() -> None:
        clock.now += timedelta(days=1)
        assert refresh_pointer(outlet(folder_store)) is True

    watched = CountingStore(InterruptedStore(folder_store, refresh, path="current.json"))
    second = run(request(), watched)

    assert (second.state, second.serial, second.failure_reason) == ("live", 2, "")
    assert [path for path in watched.writes() if path == "current.json"] == ["current.json"] * 2
    assert verify(folder_store).problems == []


@pytest.mark.parametrize("how", ["refused", "lost", "killed before", "killed after"])
def test_refresh_that_breaks_leaves_a_whole_registry(folder_store: FileSystemStore, clock: Clock, how: str) -> None:
    approve_first_step()
    publish(folder_store)
    clock.now += timedelta(days=2)

    with pytest.raises(BaseException, match=r"^$|disk is full"):
        refresh_pointer(outlet(BreakingStore(folder_store, at=1, how=how)))

    assert verify(folder_store).problems == []
    assert refresh_pointer(outlet(folder_store), only_if_due=True) is True
    assert live().expires_at == clock.now + settings.REGISTRY_POINTER_VALIDITY


def test_pointer_that_expired_is_trusted_again_after_a_refresh(folder_store: FileSystemStore, clock: Clock) -> None:
    approve_first_step()
    publish(folder_store)
    clock.now += timedelta(days=8)
    assert verify(folder_store).problems == ["current.json: it expired at 2030-01-09T12:00:00Z."]

    refresh_pointer(outlet(folder_store), only_if_due=True)

    assert verify(folder_store).problems == []


def test_publish_on_an_expired_pointer_makes_a_fresh_one(folder_store: FileSystemStore, clock: Clock) -> None:
    approve_first_step()
    publish(folder_store)
    clock.now += timedelta(days=30)
    save("provider", {**SANITY, "display_name": "Later"})

    publish(folder_store)

    assert pointer_of(read_base(folder_store)).expires_at == "2030-02-08T12:00:00Z"
    assert verify(folder_store).problems == []


def test_command_refreshes(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    approve_first_step()
    publish()
    clock.now += timedelta(days=1)

    call_command("refresh_pointer")

    assert capsys.readouterr().out == "The pointer is fresh.\n"
    assert pointer_of(read_base(open_store())).expires_at == "2030-01-10T12:00:00Z"


def test_beat_refreshes_when_it_is_due(clock: Clock) -> None:
    approve_first_step()
    publish()
    planned = [entry["task"] for entry in app.conf.beat_schedule.values() if entry["schedule"] <= 3600]
    clock.now += timedelta(days=2)

    tasks.refresh_live_pointer.delay()
    tasks.refresh_live_pointer.delay()

    assert sorted(task for task in planned if task.startswith("catalog.")) == [
        "catalog.tasks.forget_answers",
        "catalog.tasks.refresh_live_pointer",
        "catalog.tasks.sweep_publishing",
    ]
    assert pointer_of(read_base(open_store())).expires_at == "2030-01-11T12:00:00Z"


def test_task_that_cannot_refresh_says_so(caplog: pytest.LogCaptureFixture) -> None:
    tasks.refresh_live_pointer.delay()

    assert "the pointer was not refreshed: Nothing is published yet" in caplog.text


def test_publish_that_is_resumed_long_after_is_not_expired(
    folder_store: FileSystemStore, clock: Clock, one_by_one: None
) -> None:
    """Its time was fixed before it was killed, and nothing swept for more than a week."""
    approve_first_step()
    with pytest.raises(Killed):
        run(request(), BreakingStore(folder_store, at=3, how="killed before"))
    clock.now += timedelta(days=8)

    sweep(folder_store)

    pointer = pointer_of(read_base(folder_store))
    assert (pointer.published_at, pointer.expires_at) == ("2030-01-02T12:00:00Z", "2030-01-17T12:00:00Z")
    assert live().expires_at == datetime(2030, 1, 17, 12, tzinfo=UTC)
    assert verify(folder_store).problems == []
