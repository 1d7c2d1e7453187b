"""Two publishers at once: one wins, nothing is lost, and nothing that is newer is moved back."""

import pytest

from catalog.models import Snapshot
from catalog.publishing.base import read_base
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.catalog.publishing.histories import (
    approve_first_step,
    outlive_lease,
    request,
    run,
    sweep,
)
from tests.factories import SANITY, builder_document, publish, sanity, save
from tests.stores import CountingStore, InterruptedStore, LatePointerStore, read_tree, verify

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_by_one", "still_clock")]


def states() -> list[tuple[int | None, str]]:
    """(serial, state) of every Snapshot in the order they were asked for."""
    return list(Snapshot.objects.order_by("pk").values_list("serial", "state"))


def test_claimed_snapshot_is_left_alone(folder_store: FileSystemStore) -> None:
    approve_first_step()
    snapshot = request()
    Snapshot.objects.filter(pk=snapshot.pk).update(state="publishing", beat_at=snapshot.requested_at)
    watched = CountingStore(folder_store)

    run(snapshot, watched)

    assert (snapshot.state, watched.requests) == ("publishing", [])


@pytest.mark.parametrize("state", ["live", "replaced", "failed"])
def test_ended_snapshot_is_left_alone(folder_store: FileSystemStore, state: str) -> None:
    approve_first_step()
    snapshot = publish(folder_store)
    Snapshot.objects.update(state=state)
    outlive_lease()
    watched = CountingStore(folder_store)

    run(snapshot, watched)

    assert (snapshot.state, watched.requests) == (state, [])


def test_same_snapshot_published_twice_is_published_once(folder_store: FileSystemStore) -> None:
    approve_first_step()
    snapshot = request()

    run(snapshot, InterruptedStore(folder_store, lambda: run(snapshot, folder_store), at=2))

    assert states() == [(1, "live")]
    assert verify(folder_store).problems == []


def test_copies_are_never_moved_back(folder_store: FileSystemStore) -> None:
    approve_first_step()
    publish(folder_store)
    save("provider", {**SANITY, "monthly_cost_range": [1, 2]})

    def overtake() -> None:
        sweep(folder_store)
        save("provider", {**SANITY, "monthly_cost_range": [3, 4]})
        publish(folder_store)

    overtaken = run(request(), InterruptedStore(folder_store, overtake, path="providers/cms/sanity.json"))

    assert b'"serial": 3' in read_tree(folder_store)["providers/cms/sanity.json"]
    assert b'"serial": 3' in read_tree(folder_store)["manifest.json"]
    assert overtaken.state == "replaced"
    assert verify(folder_store).problems == []


def lose_pointer(store: FileSystemStore) -> LatePointerStore:
    """A publish whose pointer's write is on its way, and believed to be lost."""
    approve_first_step()
    publish(store)
    save("provider", {**SANITY, "monthly_cost_range": [1, 2]})
    late = LatePointerStore(store)
    assert run(request(), late).state == "failed"
    return late


def test_late_commit_is_adopted_by_the_next_publish(folder_store: FileSystemStore) -> None:
    late = lose_pointer(folder_store)
    late.deliver()
    save("builder", builder_document("hugo-extended", backend="hugo@1"))

    publish(folder_store)

    assert states() == [(1, "replaced"), (2, "replaced"), (3, "live")]
    assert verify(folder_store).problems == []
    assert b'"monthly_cost_range": [\n    1,' in read_tree(folder_store)["providers/cms/sanity.json"]
    assert [row.live_revision.number for row in (sanity(),) if row.live_revision] == [2]


def test_late_commit_between_look_and_commit_makes_a_publish_start_over(folder_store: FileSystemStore) -> None:
    late = lose_pointer(folder_store)
    save("builder", builder_document("hugo-extended", backend="hugo@1"))

    snapshot = run(request(), InterruptedStore(folder_store, late.deliver, path="current.json"))

    assert states() == [(1, "replaced"), (2, "replaced"), (3, "live")]
    assert list(snapshot.changes.values_list("entry_key", flat=True)) == ["builders/hugo-extended"]
    assert verify(folder_store).problems == []


def test_late_commit_of_everything_that_is_asked_for_is_adopted(folder_store: FileSystemStore) -> None:
    late = lose_pointer(folder_store)
    late.deliver()

    again = publish(folder_store)

    assert states() == [(1, "replaced"), (2, "live"), (None, "failed")]
    assert again.failure_reason == "Nothing is left to publish: all of it is live already."
    assert verify(folder_store).problems == []


def test_pointer_that_never_rests_is_given_up(folder_store: FileSystemStore) -> None:
    """Somebody without manners writes the same pointer with other white space before each commit."""

    class Restless(CountingStore):
        def before(self, request: str, path: str) -> None:
            super().before(request, path)
            if request == "put_if_match" and path == "current.json":
                stored = folder_store.get(path)
                assert stored is not None
                folder_store.put_if_match(path, stored.content + b" ", etag=stored.etag)

    approve_first_step()
    publish(folder_store)
    save("provider", {**SANITY, "monthly_cost_range": [1, 2]})
    watched = Restless(folder_store)

    snapshot = run(request(), watched)

    reason = "The registry was changed by somebody else 5 times in a row; try again."
    assert (snapshot.state, snapshot.failure_reason) == ("failed", reason)
    assert watched.requests.count(("put_if_match", "current.json")) == 5
    assert read_base(folder_store).serial == 1
