"""Signs of life: who is told that no worker runs, and when."""

from datetime import timedelta

import pytest

from catalog.actions.snapshots import request_snapshot
from catalog.publishing.lease import note_worker
from catalog.publishing.status import in_words, publishing_warnings, worker_beat
from tests.catalog.publishing.histories import approve_first_step
from tests.clock import NOON, Clock
from tests.factories import publish

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 seconds"),
        (1, "1 second"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (7199, "119 minutes"),
        (7200, "2 hours"),
        (172_799, "47 hours"),
        (172_800, "2 days"),
        (10**9, "11574 days"),
    ],
)
def test_duration_in_words(seconds: int, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("silence", "warnings"),
    [
        (timedelta(seconds=10), []),
        (timedelta(minutes=2), []),
        (timedelta(minutes=5), ["No worker has been heard of for 5 minutes: nothing is published until one runs."]),
    ],
)
def test_worker_that_falls_silent_is_missed(silence: timedelta, warnings: list[str], clock: Clock) -> None:
    note_worker()
    clock.now += silence

    assert (worker_beat(), publishing_warnings()) == (NOON, warnings)


def test_registry_without_a_worker_is_not_warned() -> None:
    approve_first_step()
    publish()

    assert (worker_beat(), publishing_warnings()) == (None, [])


def test_publish_that_waits_for_a_worker_which_never_was_is_told(clock: Clock) -> None:
    approve_first_step()
    request_snapshot(by=None, in_background=False)
    told = ["A publish was asked for, but no worker was ever heard of: start a worker and beat."]

    clock.now += timedelta(minutes=1)
    assert publishing_warnings() == []
    clock.now += timedelta(minutes=2)
    assert publishing_warnings() == told
    note_worker()
    assert publishing_warnings() == []
