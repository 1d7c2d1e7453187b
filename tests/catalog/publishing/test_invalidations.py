"""The queue of invalidations: joined, named once, tried again, within the limits of the CDN."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from catalog.models import Invalidation
from catalog.publishing import delivery
from catalog.publishing.cdn import CdnBusyError, CdnError
from catalog.publishing.delivery import queue_invalidation, send_invalidations
from tests.catalog.publishing.deliveries import URL, RecordingCdn, rows
from tests.clock import NOON, Clock

pytestmark = pytest.mark.django_db


def test_paths_that_wait_untried_are_joined(clock: Clock) -> None:
    queue_invalidation(["current.json", "b.json"], reference="1")
    queue_invalidation(["current.json", "a.json"], reference="2")

    (row,) = Invalidation.objects.all()
    assert (row.paths, row.reference, row.attempts) == (
        ["a.json", "b.json", "current.json"],
        "1-20300102T120000000000",
        0,
    )


def test_paths_of_a_request_that_was_tried_are_fixed(clock: Clock) -> None:
    cdn = RecordingCdn(CdnBusyError("Later"))
    queue_invalidation(["current.json"], reference="1")
    send_invalidations(cdn, public_url=URL)
    clock.now += timedelta(milliseconds=1)

    queue_invalidation(["manifest.json"], reference="1")

    assert [row.paths for row in Invalidation.objects.all()] == [["current.json"], ["manifest.json"]]
    assert Invalidation.objects.values("reference").distinct().count() == 2


@pytest.mark.parametrize(
    "error",
    [CdnBusyError("The CDN refused: TooManyInvalidationsInProgress, Wait"), CdnError("403, no"), CdnBusyError("?")],
)
def test_refused_request_is_tried_again_with_the_same_name_and_paths(clock: Clock, error: CdnError) -> None:
    cdn = RecordingCdn(error)
    queue_invalidation(["current.json"], reference="1")
    send_invalidations(cdn, public_url=URL)
    refused = rows()
    cdn.error = None
    clock.now += timedelta(seconds=6)
    send_invalidations(cdn, public_url=URL)

    assert (refused, rows()) == ([("waiting", 1, str(error))], [("accepted", 2, "")])
    assert cdn.requests[0] == cdn.requests[1] == (["/v1/current.json"], "1-20300102T120000000000")


def test_pause_between_tries_grows_to_five_minutes(clock: Clock) -> None:
    cdn = RecordingCdn(CdnBusyError("Later"))
    queue_invalidation(["current.json"], reference="1")
    pauses = []
    for _ in range(14):
        send_invalidations(cdn, public_url=URL)
        due = Invalidation.objects.get().next_try_at
        pauses.append((due - clock.now).total_seconds())
        clock.now = due - timedelta(microseconds=1)
        send_invalidations(cdn, public_url=URL)
        clock.now = due

    assert pauses == [5, 10, 20, 40, 80, 160, *[300] * 8]
    assert len(cdn.requests) == 14


def test_accepted_request_is_asked_after_until_it_is_done(clock: Clock) -> None:
    cdn = RecordingCdn()
    cdn.finishes = False
    queue_invalidation(["current.json"], reference="1")
    states = []
    for finishes, error in ((False, None), (False, None), (True, CdnError("No")), (True, None), (True, None)):
        cdn.finishes, cdn.error = finishes, error
        send_invalidations(cdn, public_url=URL)
        states.append(rows()[0][0])

    assert states == ["accepted", "accepted", "accepted", "done", "done"]
    assert len(cdn.requests) == 1


def accept(paths: Sequence[str], *, reference: str) -> None:
    Invalidation.objects.create(
        reference=reference, paths=list(paths), state="accepted", cdn_id="I", next_try_at=NOON, created_at=NOON
    )


def test_accepted_request_that_cannot_be_asked_after_counts_as_done_after_an_hour(clock: Clock) -> None:
    """A role that may invalidate and not look: its requests must not fill up the limits for ever."""
    many = [f"providers/cms/{at}.json" for at in range(21)]
    for number in range(15):
        accept(many, reference=str(number))
    queue_invalidation(many, reference="new")
    cdn = RecordingCdn()
    cdn.looking_error = CdnError("403")

    clock.now += timedelta(minutes=59)
    send_invalidations(cdn, public_url=URL)
    before = len(cdn.requests)
    clock.now += timedelta(minutes=2)
    send_invalidations(cdn, public_url=URL)

    assert (before, len(cdn.requests)) == (0, 1)


def test_cdn_that_does_not_answer_is_asked_once(clock: Clock) -> None:
    """Each question may take as long as its time-outs."""
    for number in range(3):
        accept(["current.json"], reference=str(number))
    cdn = RecordingCdn()
    cdn.looking_error = CdnBusyError("Nobody answers.")

    send_invalidations(cdn, public_url=URL)

    assert cdn.looks == 1


def test_paths_that_two_queue_at_once_are_joined(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second has looked before the first has written."""
    join, looked_early = delivery._join, iter([False])
    queue_invalidation(["current.json"], reference="1")
    monkeypatch.setattr(delivery, "_join", lambda paths: next(looked_early, True) and join(paths))

    queue_invalidation(["manifest.json"], reference="2")

    assert [row.paths for row in Invalidation.objects.all()] == [["current.json", "manifest.json"]]


@pytest.mark.parametrize(("in_progress", "is_sent"), [(2980, True), (3000, False)])
def test_paths_in_progress_are_limited(clock: Clock, in_progress: int, is_sent: bool) -> None:
    cdn = RecordingCdn()
    cdn.finishes = False
    for start in range(0, in_progress, 20):
        accept([f"providers/cms/{start + at}.json" for at in range(20)], reference=str(start))
    queue_invalidation([f"stacks/tiers/{at}.json" for at in range(20)], reference="new")

    send_invalidations(cdn, public_url=URL)
    sent = len(cdn.requests)
    cdn.finishes = True
    send_invalidations(cdn, public_url=URL)

    assert (sent, len(cdn.requests)) == (int(is_sent), 1)


@pytest.mark.parametrize(("in_progress", "is_sent"), [(14, True), (15, False)])
def test_wildcards_in_progress_are_limited(clock: Clock, in_progress: int, is_sent: bool) -> None:
    cdn = RecordingCdn()
    cdn.finishes = False
    many = [f"providers/cms/{at}.json" for at in range(21)]
    for number in range(in_progress):
        accept(many, reference=str(number))
    queue_invalidation(many, reference="new")

    send_invalidations(cdn, public_url=URL)

    assert (len(cdn.requests), rows()[-1]) == (int(is_sent), ("accepted", 1, "") if is_sent else ("waiting", 0, ""))
