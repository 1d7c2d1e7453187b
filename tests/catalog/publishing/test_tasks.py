"""The tasks: a message is a poke, and the sweep needs none."""

import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from catalog import tasks
from catalog.actions.snapshots import request_snapshot
from catalog.models import Snapshot
from catalog.publishing.stores.configured import open_store
from tests.catalog.publishing.histories import approve_first_step, outlive_lease, request
from tests.stores import verify

pytestmark = pytest.mark.django_db


def states() -> list[str]:
    return list(Snapshot.objects.order_by("pk").values_list("state", flat=True))


def test_request_is_published_by_the_message(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    approve_first_step()

    with django_capture_on_commit_callbacks(execute=True):
        request_snapshot(by=None)
        before = states()

    assert (before, states()) == (["pending"], ["live"])
    assert verify(open_store()).problems == []


def test_message_that_comes_twice_does_nothing_more() -> None:
    approve_first_step()
    snapshot = request()

    tasks.publish_snapshot.delay(snapshot.pk)
    tasks.publish_snapshot.delay(snapshot.pk)

    assert states() == ["live"]
    assert verify(open_store()).serial == 1


def test_request_stands_when_the_message_cannot_be_sent(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(snapshot_id: int) -> None:
        raise ConnectionError("No broker.")

    monkeypatch.setattr(tasks.publish_snapshot, "delay", refuse)
    approve_first_step()

    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        request_snapshot(by=None)
    before = states()
    tasks.sweep_publishing.delay()

    assert (before, states()) == (["pending"], ["live"])


def test_sweep_finishes_what_a_dead_worker_left() -> None:
    approve_first_step()
    request()
    Snapshot.objects.update(state="publishing", beat_at="2030-01-01T00:00:00Z")
    outlive_lease()

    tasks.sweep_publishing.delay()

    assert states() == ["live"]
    assert verify(open_store()).problems == []


def test_sweep_leaves_a_living_worker_alone() -> None:
    approve_first_step()
    request()
    Snapshot.objects.update(state="publishing", beat_at="2999-01-01T00:00:00Z")

    tasks.sweep_publishing.delay()

    assert states() == ["publishing"]


def test_sweep_with_nothing_to_do_does_nothing() -> None:
    tasks.sweep_publishing.delay()

    assert verify(open_store()).problems == ["current.json: is missing."]
