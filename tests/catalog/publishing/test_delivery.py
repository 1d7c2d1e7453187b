"""The CDN is told until it has taken and done it, and nothing is lost or asked twice on the way."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from catalog.models import Invalidation, Snapshot
from catalog.publishing import delivery
from catalog.publishing import publish as publishing
from catalog.publishing.cdn import CdnBusyError, CdnError
from catalog.publishing.delivery import queue_invalidation, send_invalidations
from catalog.publishing.outlet import Outlet
from catalog.publishing.publish import run_publish
from catalog.publishing.stores.base import Store
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.catalog.publishing.histories import approve_first_step, approve_second_step, outlive_lease, request
from tests.clock import NOON, Clock
from tests.factories import KEY, SANITY, provider_document, save
from tests.stores import BreakingStore, Killed, WrappedStore

pytestmark = pytest.mark.django_db
URL = "https://registry.test/v1"


class RecordingCdn:
    """Takes requests down; refuses while it has an `error`, and is done with nothing until it `finishes`."""

    def __init__(self, error: CdnError | None = None) -> None:
        self.error, self.finishes = error, True
        self.looking_error: CdnError | None = None
        self.looks = 0
        self.requests: list[tuple[list[str], str]] = []

    def invalidate(self, paths: Sequence[str], *, reference: str) -> str:
        self.requests.append((list(paths), reference))
        if self.error:
            raise self.error
        return f"I{len(self.requests)}"

    def is_done(self, cdn_id: str) -> bool:
        self.looks += 1
        error = self.error or self.looking_error
        if error:
            raise error
        return self.finishes


def rows() -> list[tuple[str, int, str]]:
    """(state, attempts, last error) of every invalidation."""
    return list(Invalidation.objects.values_list("state", "attempts", "last_error"))


def publish_through(store: Store, cdn: RecordingCdn) -> Snapshot:
    snapshot = request()
    run_publish(snapshot.pk, outlet=Outlet(store, URL, [KEY], cdn))
    snapshot.refresh_from_db()
    return snapshot


def sweep(store: Store, cdn: RecordingCdn) -> None:
    outlive_lease()
    publishing.sweep(outlet=Outlet(store, URL, [KEY], cdn))


def test_publish_invalidates_only_the_mutable_paths_that_changed(folder_store: FileSystemStore) -> None:
    cdn = RecordingCdn()
    approve_first_step()
    publish_through(folder_store, cdn)
    cdn.requests.clear()
    save("provider", {**SANITY, "monthly_cost_range": [1, 2]})
    save("provider", provider_document("new"))

    second = publish_through(folder_store, cdn)

    ((paths, reference),) = cdn.requests
    assert sorted(paths) == [
        "/v1/current.json",
        "/v1/keys.json",
        "/v1/manifest.json",
        "/v1/providers/cms/new.json",
        "/v1/providers/cms/sanity.json",
    ]
    assert reference.startswith(second.path.removeprefix("snapshots/").removesuffix(".json"))
    assert rows()[-1] == ("accepted", 1, "")


def test_large_publish_invalidates_whole_folders(folder_store: FileSystemStore) -> None:
    cdn = RecordingCdn()
    for number in range(30):
        save("provider", provider_document(f"cms-{number}"))

    publish_through(folder_store, cdn)

    assert cdn.requests[0][0] == ["/v1/current.json", "/v1/keys.json", "/v1/manifest.json", "/v1/providers/*"]


def test_nothing_is_invalidated_before_the_commit_and_the_copies(
    folder_store: FileSystemStore, one_by_one: None
) -> None:
    seen: list[tuple[str, int, int]] = []
    cdn = RecordingCdn()

    class Watched(WrappedStore):
        def before(self, request: str, path: str) -> None:
            seen.append((path, len(cdn.requests), Invalidation.objects.count()))

    approve_first_step()
    publish_through(Watched(folder_store), cdn)

    assert [path for path, asked, kept in seen if asked or kept] == []
    assert (seen[-1][0], len(cdn.requests)) == ("manifest.json", 1)


def test_failed_publish_invalidates_nothing(folder_store: FileSystemStore, one_by_one: None) -> None:
    cdn = RecordingCdn()
    approve_first_step()

    snapshot = publish_through(BreakingStore(folder_store, at=3, how="refused"), cdn)

    assert (snapshot.state, cdn.requests, rows()) == ("failed", [], [])


def test_publisher_that_dies_before_it_told_the_cdn_is_made_up_for(
    folder_store: FileSystemStore, one_by_one: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    cdn = RecordingCdn()
    approve_first_step()

    def die(*arguments: object, **options: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(publishing, "send_invalidations", die)
        with pytest.raises(Killed):
            publish_through(folder_store, cdn)
    before = (rows(), Snapshot.objects.get().state, list(cdn.requests))
    sweep(folder_store, cdn)

    assert before == ([("waiting", 0, "")], "live", [])
    assert (rows(), len(cdn.requests)) == ([("accepted", 1, "")], 1)


def test_publisher_that_dies_after_the_commit_is_made_up_for(folder_store: FileSystemStore, one_by_one: None) -> None:
    cdn = RecordingCdn()
    approve_first_step()
    writes = BreakingStore(folder_store, at=10_000, how="killed after")
    publish_through(writes, cdn)
    approve_second_step()
    cdn.requests.clear()

    class Dying(WrappedStore):
        def after(self, request: str, path: str) -> None:
            if request.startswith("put") and path == "current.json":
                raise Killed

    with pytest.raises(Killed):
        publish_through(Dying(folder_store), cdn)
    assert cdn.requests == []
    sweep(folder_store, cdn)

    ((paths, _),) = cdn.requests
    assert "/v1/current.json" in paths
    assert "/v1/providers/cms/contentful.json" in paths


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


def test_cdn_that_refuses_does_not_fail_the_publish(folder_store: FileSystemStore) -> None:
    approve_first_step()

    snapshot = publish_through(folder_store, RecordingCdn(CdnError("403")))

    assert (snapshot.state, snapshot.failure_reason, rows()) == ("live", "", [("waiting", 1, "403")])
