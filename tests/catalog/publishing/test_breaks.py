"""A store that gives one wrong answer, to each request in turn: readers stay whole, and the end is the same as ever."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from catalog.models import Snapshot
from catalog.publishing.base import read_base
from catalog.publishing.candidate import collect_changes
from catalog.publishing.stores.base import PreconditionError, Store, StoreError
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.cases import spread
from tests.catalog.publishing.crash.works import approve_first, approve_second
from tests.catalog.publishing.histories import request, run, sweep
from tests.factories import publish
from tests.stores import BreakingStore, CountingStore, Killed, read_tree, snapshot_problems, verify

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_by_one", "still_clock")]
STEPS: dict[str, Callable[[], None]] = {"first publish": lambda: None, "changes": approve_second}


@pytest.fixture(params=STEPS)
def start(request: pytest.FixtureRequest, tmp_path: Path) -> FileSystemStore:
    """A store, and a database with something approved: all of it new, or one of each kind of change."""
    store = FileSystemStore(tmp_path / "start")
    approve_first()
    if request.param == "changes":
        publish(store)
        approve_second()
    return store


def copy_of(store: FileSystemStore, folder: Path) -> FileSystemStore:
    shutil.rmtree(folder, ignore_errors=True)
    if Path(store.address).exists():
        shutil.copytree(store.address, folder)
    return FileSystemStore(folder)


class AnsweringStore(CountingStore):
    """Answers request number `at` (from 1) by an error, without or after having done it.

    "overtaken" is what a client hears that asks again since the answer to its first try was lost: it is there already.
    """

    def __init__(self, inner: Store, *, at: int, how: str) -> None:
        super().__init__(inner)
        self.at, self.how = at, how

    def before(self, request: str, path: str) -> None:
        super().before(request, path)
        if self._is_it("refused"):
            raise StoreError(f"Nobody answers at {path}.")

    def after(self, request: str, path: str) -> None:
        if self._is_it("lost"):
            raise StoreError(f"Nobody answers at {path}.")

    def put_if_absent(self, path: str, content: bytes) -> bool:
        return super().put_if_absent(path, content) and not self._is_it("overtaken")

    def put_if_match(self, path: str, content: bytes, *, etag: str) -> None:
        super().put_if_match(path, content, etag=etag)
        if self._is_it("overtaken"):
            raise PreconditionError(f"{path} was written by somebody else.")

    def _is_it(self, how: str) -> bool:
        return self.how == how and len(self.requests) == self.at


Asked = list[tuple[str, str]]


def undisturbed(start: FileSystemStore, folder: Path) -> tuple[Asked, dict[str, bytes]]:
    """The requests of a publish that nothing disturbs, and the tree that it ends in; the database is as before."""
    watched = CountingStore(copy_of(start, folder))
    with transaction.atomic():
        assert run(request(), watched).state == "live"
        transaction.set_rollback(True)
    assert verify(watched.inner).problems == []
    return watched.requests, read_tree(watched.inner)


def differing(found: dict[str, bytes], expected: dict[str, bytes]) -> list[str]:
    """Paths that are only in one of two trees, or have other bytes."""
    return sorted(path for path in found.keys() | expected.keys() if found.get(path) != expected.get(path))


@pytest.mark.parametrize("how", spread(["refused", "lost", "overtaken"], fast=1))
def test_publish_with_one_wrong_answer_ends_in_the_same_tree(start: FileSystemStore, how: str, tmp_path: Path) -> None:
    requests, tree = undisturbed(start, tmp_path / "whole")
    serial = read_base(start).serial
    for at in range(1, len(requests) + 1):
        store = copy_of(start, tmp_path / "broken")
        with transaction.atomic():
            check_answer(store, at, how, serial=serial, requests=requests)
            finish(store)
            assert (how, at, differing(read_tree(store), tree)) == (how, at, [])
            transaction.set_rollback(True)


def check_answer(store: FileSystemStore, at: int, how: str, *, serial: int, requests: Asked) -> None:
    """Readers see the old whole before the commit, the new one after it; the row says which, and why."""
    snapshot = run(request(), AnsweringStore(store, at=at, how=how))
    commit = place_of_commit(requests)
    is_committed = how == "overtaken" or at > commit or (at == commit and how == "lost")
    assert read_base(store).serial == serial + is_committed
    if is_committed:
        assert snapshot_problems(store) == []
    elif serial:
        assert verify(store).problems == []
    state = "publishing" if is_committed else "failed"
    said = (state, f"Nobody answers at {requests[at - 1][1]}.") if how != "overtaken" else ("live", "")
    assert (snapshot.state, snapshot.failure_reason) == said


def place_of_commit(requests: Asked) -> int:
    return next(at for at, (request, path) in enumerate(requests, 1) if request != "get" and path == "current.json")


def finish(store: FileSystemStore) -> None:
    """What happens by itself, or what a person does who sees that it failed."""
    sweep(store)
    if collect_changes():
        assert publish(store).state == "live"
    live = Snapshot.objects.get(state="live")
    assert (live.serial, live.failure_reason) == (read_base(store).serial, "")
    assert Snapshot.objects.filter(state__in=("pending", "publishing")).count() == 0


def test_committed_publish_waits_for_its_lease_to_end(
    start: FileSystemStore, tmp_path: Path, still_clock: datetime
) -> None:
    requests, _ = undisturbed(start, tmp_path / "whole")
    store = copy_of(start, tmp_path / "broken")
    snapshot = run(request(), AnsweringStore(store, at=len(requests), how="refused"))

    again = run(snapshot, store)

    assert (again.state, again.failure_reason) == ("publishing", "Nobody answers at manifest.json.")
    sweep(store)
    snapshot.refresh_from_db()
    assert (snapshot.state, snapshot.failure_reason) == ("live", "")


def test_resumed_publish_keeps_its_serial_and_time(
    start: FileSystemStore, tmp_path: Path, still_clock: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests, tree = undisturbed(start, tmp_path / "whole")
    store = copy_of(start, tmp_path / "broken")
    writes = [path for request, path in requests if request != "get"]
    with pytest.raises(Killed):
        run(request(), BreakingStore(store, at=writes.index("current.json") + 1, how="killed before"))
    monkeypatch.setattr(timezone, "now", lambda: still_clock + timedelta(hours=1))

    sweep(store)

    assert Snapshot.objects.get(state="live").published_at == still_clock
    assert differing(read_tree(store), tree) == []
