"""What cannot be gone back to, or not like this: refused with what there is, and nothing changes."""

import pytest
from django.contrib.auth.models import User

from catalog.actions.errors import RefusedError
from catalog.actions.snapshots import request_rollback
from catalog.models import Snapshot
from catalog.publishing.base import read_base
from catalog.publishing.stores.base import Store
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.catalog.publishing.histories import approve_first_step, approve_second_step, run
from tests.factories import SANITY, publish, save
from tests.stores import read_tree

pytestmark = pytest.mark.django_db


def roll_back(store: Store, serial: int) -> Snapshot:
    return run(request_rollback(serial=serial, by=None, reason="Wrong prices", in_background=False), store)


def publish_two_steps(store: Store) -> None:
    """Serials 1 and 2."""
    approve_first_step()
    publish(store)
    approve_second_step()
    publish(store)


@pytest.mark.parametrize("serial", [3, 0, 999_999])
def test_unknown_serial_is_refused_with_those_that_are_there(folder_store: FileSystemStore, serial: int) -> None:
    publish_two_steps(folder_store)
    before = read_tree(folder_store)

    with pytest.raises(RefusedError, match=rf"^Serial {serial} was never published\. Available: 2, 1\.$"):
        roll_back(folder_store, serial)

    assert (read_tree(folder_store), Snapshot.objects.count()) == (before, 2)


def test_failed_serial_is_refused(folder_store: FileSystemStore) -> None:
    publish_two_steps(folder_store)
    Snapshot.objects.filter(serial=1).update(state="failed")

    with pytest.raises(RefusedError, match=r"^Serial 1 was never published\. Available: 2\.$"):
        roll_back(folder_store, 1)


def test_collected_serial_is_refused(folder_store: FileSystemStore) -> None:
    publish_two_steps(folder_store)
    Snapshot.objects.filter(serial=1).update(collected_at="2030-01-01T00:00:00Z")

    with pytest.raises(RefusedError, match=r"^Serial 1 was collected as garbage\. Available: 2\.$"):
        roll_back(folder_store, 1)


def test_serial_that_is_collected_while_the_rollback_waits_fails_it(folder_store: FileSystemStore) -> None:
    publish_two_steps(folder_store)
    before = read_tree(folder_store)
    waiting = request_rollback(serial=1, by=None, reason="Wrong", in_background=False)
    Snapshot.objects.filter(serial=1).update(collected_at="2030-01-01T00:00:00Z")

    run(waiting, folder_store)

    assert (waiting.state, waiting.failure_reason) == (
        "failed",
        "Serial 1 was collected as garbage. Available: 2.",
    )
    assert read_tree(folder_store) == before


def test_damaged_target_fails_the_rollback(folder_store: FileSystemStore) -> None:
    publish_two_steps(folder_store)
    folder_store.delete(Snapshot.objects.get(serial=1).path)

    third = roll_back(folder_store, 1)

    assert third.state == "failed"
    assert "is missing or damaged; run verify_published." in third.failure_reason
    assert read_base(folder_store).serial == 2


@pytest.mark.slow
def test_many_serials_are_named_by_their_newest(folder_store: FileSystemStore) -> None:
    approve_first_step()
    for cost in range(22):
        save("provider", {**SANITY, "monthly_cost_range": [cost, cost]})
        publish(folder_store)

    with pytest.raises(RefusedError, match=r"Available: 22, 21, .*, 4, 3, \.\.\.\.$"):
        roll_back(folder_store, 99)


@pytest.mark.parametrize("serial", [2, 4])
def test_live_content_is_refused(folder_store: FileSystemStore, serial: int) -> None:
    publish_two_steps(folder_store)
    roll_back(folder_store, 1)
    roll_back(folder_store, 2)

    with pytest.raises(RefusedError, match=rf"^Serial {serial} has the same content as what is live\.$"):
        roll_back(folder_store, serial)

    assert Snapshot.objects.count() == 4


@pytest.mark.parametrize(("reason", "said"), [("", "Say why"), (" \n", "Say"), ("x" * 501, "501")])
def test_reason_is_required(folder_store: FileSystemStore, reason: str, said: str) -> None:
    publish_two_steps(folder_store)

    with pytest.raises(RefusedError, match=said):
        request_rollback(serial=1, by=None, reason=reason)

    assert Snapshot.objects.count() == 2


def test_second_request_is_refused_while_one_waits(folder_store: FileSystemStore, publisher: User) -> None:
    publish_two_steps(folder_store)
    request_rollback(serial=1, by=publisher, reason="Wrong", in_background=False)

    with pytest.raises(RefusedError, match=r"^A publish is waiting already; it will be done in a moment\.$"):
        request_rollback(serial=1, by=publisher, reason="Wrong")

    waiting = Snapshot.objects.get(state="pending")
    assert (waiting.requested_by, waiting.rolled_back_to, waiting.serial) == (publisher, 1, None)
    assert waiting.changes.count() == 6
