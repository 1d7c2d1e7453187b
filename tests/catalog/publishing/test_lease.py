"""Claims, heartbeats and ends: each once, and only by whoever may."""

import time
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from catalog.models import Snapshot
from catalog.publishing import lease
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.catalog.publishing.histories import approve_first_step, request
from tests.factories import SANITY, publish, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting() -> Snapshot:
    approve_first_step()
    return request()


def state_of(snapshot: Snapshot) -> str:
    snapshot.refresh_from_db()
    return snapshot.state


def test_waiting_snapshot_is_claimed_once(waiting: Snapshot, still_clock: datetime) -> None:
    assert lease.claim(waiting.pk) is True
    assert lease.claim(waiting.pk) is False

    assert state_of(waiting) == "publishing"
    assert (waiting.started_at, waiting.beat_at) == (still_clock, still_clock)


def test_second_snapshot_is_not_claimed_while_one_is_published(waiting: Snapshot) -> None:
    lease.claim(waiting.pk)
    save("provider", {**SANITY, "display_name": "Other"})
    second = request()

    assert lease.claim(second.pk) is False
    assert state_of(second) == "pending"


@pytest.mark.parametrize(("silence_seconds", "is_taken"), [(0, False), (14, False), (16, True)])
def test_silent_publisher_is_taken_over_after_a_lease(waiting: Snapshot, silence_seconds: int, is_taken: bool) -> None:
    lease.claim(waiting.pk)
    Snapshot.objects.update(beat_at=timezone.now() - timedelta(seconds=silence_seconds))

    assert lease.take_over(waiting.pk) is is_taken
    assert lease.take_over(waiting.pk) is False


def test_waiting_snapshot_is_not_taken_over(waiting: Snapshot) -> None:
    assert lease.take_over(waiting.pk) is False
    assert state_of(waiting) == "pending"


def test_heartbeat_renews_the_lease_every_few_seconds(waiting: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    lease.claim(waiting.pk)
    long_ago = timezone.now() - timedelta(hours=1)
    Snapshot.objects.update(beat_at=long_ago)
    seconds = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: seconds[0])
    beat = lease.heartbeat(waiting.pk)

    beat("objects", 7)
    waiting.refresh_from_db()
    assert waiting.beat_at == long_ago
    seconds[0] += lease.BEAT_SECONDS
    beat("objects", 7)

    waiting.refresh_from_db()
    assert (waiting.progress, waiting.beat_at is not None) == ("objects: 7", True)
    assert timezone.now() - (waiting.beat_at or long_ago) < timedelta(minutes=1)


def test_heartbeat_of_an_ended_snapshot_changes_nothing(waiting: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    lease.claim(waiting.pk)
    monkeypatch.setattr(lease, "BEAT_SECONDS", 0.0)
    beat = lease.heartbeat(waiting.pk)
    lease.fail(waiting.pk, "Enough")
    Snapshot.objects.update(beat_at=None)

    beat("objects", 7)

    waiting.refresh_from_db()
    assert waiting.beat_at is None


def test_only_a_running_publish_fails(waiting: Snapshot) -> None:
    lease.fail(waiting.pk, "Not yet")
    assert (state_of(waiting), waiting.failure_reason) == ("pending", "")
    lease.claim(waiting.pk)

    lease.fail(waiting.pk, "Now")

    assert (state_of(waiting), waiting.failure_reason, waiting.finished_at is None) == ("failed", "Now", False)


def test_trouble_is_kept_with_a_running_publish(waiting: Snapshot) -> None:
    lease.claim(waiting.pk)

    lease.note_trouble(waiting.pk, "The network is gone.")

    assert (state_of(waiting), waiting.failure_reason) == ("publishing", "The network is gone.")


def test_live_snapshot_is_marked_once(folder_store: FileSystemStore) -> None:
    approve_first_step()
    snapshot = publish(folder_store)

    assert lease.mark_live(snapshot.pk, stale_paths=["current.json"]) is False
    assert state_of(snapshot) == "live"
