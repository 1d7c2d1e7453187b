"""The sweeps are checked: each fault of the publisher is found by an interruption, and none is found without it."""

from collections.abc import Iterable
from datetime import datetime

import pytest
from django.utils import timezone

from catalog.models import Snapshot
from catalog.publishing import keys, refresh
from catalog.publishing import publish as publishing
from catalog.publishing.stores.base import PreconditionError, Store
from catalog.publishing.tree import KEYS_PATH
from tests.catalog.publishing.crash.faults import (
    Fault,
    copies_whatever_is_there,
    ended_publish_is_still_ours,
    pointer_without_if_match,
)
from tests.catalog.publishing.rivals.memory import MemoryStore
from tests.catalog.publishing.rivals.rivalries import RIVALRIES
from tests.catalog.publishing.rivals.stage import Stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_by_one", "ticking")]
ANYWHERE = [(at,) for at in range(1, 30)]
PAIRS_IN_A_ROLLBACK = [(3, second) for second in range(1, 30)]


def serial_of_an_old_row(patch: pytest.MonkeyPatch) -> None:
    """The row is trusted as it was read, and written without looking at it again."""

    def fix(snapshot: Snapshot, serial: int) -> datetime:
        if snapshot.serial != serial or snapshot.published_at is None:
            snapshot.serial, snapshot.published_at = serial, timezone.now().replace(microsecond=0)
            snapshot.save(update_fields=("serial", "published_at"))
        return snapshot.published_at

    patch.setattr(publishing, "_fix_serial", fix)


def keys_rendered_before_they_are_read(patch: pytest.MonkeyPatch) -> None:
    def announce(store: Store) -> bool:
        file = keys.render_keys()
        stored = store.get(KEYS_PATH)
        try:
            if stored is None:
                return store.put_if_absent(file.path, file.content)
            store.put_if_match(file.path, file.content, etag=stored.etag)
        except PreconditionError:
            return announce(store)
        return True

    for module in (keys, publishing, refresh):
        patch.setattr(module, "announce_keys", announce)


FAULTS: dict[str, tuple[Fault, str, Iterable[tuple[int, ...]]]] = {
    "pointer without If-Match": (pointer_without_if_match, "a zombie and the next publish", ANYWHERE),
    "copies whatever is there": (copies_whatever_is_there, "a zombie and the next publish", ANYWHERE),
    "ended publish taken for ours": (ended_publish_is_still_ours, "a rollback and its successor", ANYWHERE),
    "serial of an old row": (serial_of_an_old_row, "a rollback and its successor", PAIRS_IN_A_ROLLBACK),
    "keys rendered too early": (keys_rendered_before_they_are_read, "a refresh and a rotation of keys", ANYWHERE),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_found_by_an_interruption(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in, rivalry, orders = FAULTS[fault]
    stage = Stage(RIVALRIES[rivalry], MemoryStore, is_swapped=False)
    put_in(monkeypatch)
    undisturbed, _ = stage.play()

    found = next((order for order in orders if stage.play(*order)[0]), None)

    assert (undisturbed, found is not None) == ([], True)
