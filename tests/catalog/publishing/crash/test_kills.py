"""Killed at every single act, by every work, before, after and in the middle of it: readers stay whole (G1, G9).

Run again, it ends in the bytes of a run that nothing disturbed (G2).
"""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from moto import mock_aws

from catalog.publishing import upload
from catalog.publishing.stores.base import Store
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.catalog.publishing.crash.mortal import HOWS, Life
from tests.catalog.publishing.crash.reader import Fetch, ahead, dangling, torn, unlike
from tests.catalog.publishing.crash.works import WORKS, Clock, Work, configured, database_state
from tests.stores import BackwardExecutor, make_bucket_store, read_tree

pytestmark = pytest.mark.django_db
End = tuple[dict[str, bytes], dict[str, object]]
MAX_ACTS = 500


class Scene:
    """A work, and what there is before it: the tree, the database, the file of keys."""

    def __init__(self, work: Work, clock: Clock, start: Store, copy_start: Callable[[str], Store]) -> None:
        self.work, self.clock, self._copy_start = work, clock, copy_start
        with configured(start, Life()):
            work.prepare(start, clock)
        self.manifest = fetch_from(start)("manifest.json")
        self.began_at = clock.now
        keys: Path = settings.REGISTRY_SIGNING_KEY_FILE
        self._keys = keys.read_bytes() if keys.exists() else None

    def set_up(self, name: str) -> Store:
        """A store that holds what there was at the start, and the file of keys as it was."""
        self.clock.now = self.began_at
        store = self._copy_start(name)
        if self._keys is not None:
            settings.REGISTRY_SIGNING_KEY_FILE.write_bytes(self._keys)
        return store

    def undisturbed(self) -> list[End]:
        """The ends that are right: of one run now, and for a work that writes the time, of one an hour later."""
        ends = []
        for hours in (0, 1) if self.work.pauses else (0,):
            store = self.set_up("whole")
            self.clock.go_on(hours=hours)
            with transaction.atomic():
                with configured(store, Life()):
                    self.work.start(store, Life())
                assert (unlike(fetch_from(store)), torn(fetch_from(store), now=self.clock.text())) == ([], [])
                ends.append((read_tree(store), database_state()))
                transaction.set_rollback(True)
        return ends


def fetch_from(store: Store) -> Fetch:
    def fetch(path: str) -> bytes | None:
        stored = store.get(path)
        return stored.content if stored else None

    return fetch


def kill_and_repeat(scene: Scene, life: Life, ends: list[End]) -> list[str]:
    """What went wrong with one life; the database is as before."""
    store = scene.set_up("killed")
    fetch = fetch_from(store)
    with transaction.atomic():
        with configured(store, life), life.lived():
            scene.work.start(store, life)
        wrong = torn(fetch, now=scene.clock.text()) + dangling(fetch, scene.manifest) + ahead(fetch)
        scene.clock.go_on(hours=scene.work.pauses)
        with configured(store, Life()):
            scene.work.again(store)
        wrong += dangling(fetch, scene.manifest)
        end = (read_tree(store), database_state())
        transaction.set_rollback(True)
    return wrong if end in ends else [*wrong, f"another end: {difference(end, ends[0])}"]


def difference(end: End, expected: End) -> list[str]:
    """Paths and columns that are not as expected."""
    parts: list[tuple[Mapping[str, object], Mapping[str, object]]] = [(end[0], expected[0]), (end[1], expected[1])]
    return [
        name
        for found, wanted in parts
        for name in sorted(found.keys() | wanted.keys())
        if found.get(name) != wanted.get(name)
    ]


def sweep_kills(scene: Scene, how: str) -> int:
    """Kill at act 1, 2, 3... until a run outlives it; how many acts there are. Everything wrong is said at once."""
    ends = scene.undisturbed()
    wrong: dict[str, list[str]] = {}
    for at in range(1, MAX_ACTS):
        life = Life(at=at, how=how)
        found = kill_and_repeat(scene, life, ends)
        if not life.is_over:
            assert wrong == {}
            assert found == []
            return at - 1
        if found:
            wrong[f"{at} {life.acts[-1]}"] = found
    raise AssertionError("It never ended.")


def on_folders(work: Work, clock: Clock, root: Path) -> Scene:
    def copy_start(name: str) -> Store:
        shutil.rmtree(root / name, ignore_errors=True)
        # Links are enough: a file is never written into, only renamed over.
        shutil.copytree(root / "start", root / name, copy_function=os.link)
        return FileSystemStore(root / name)

    (root / "start").mkdir()
    return Scene(work, clock, FileSystemStore(root / "start"), copy_start)


def on_buckets(work: Work, clock: Clock) -> Scene:
    start, made = make_bucket_store(prefix="start"), iter(range(10_000))

    def copy_start(name: str) -> Store:
        store = make_bucket_store(prefix=f"{name}-{next(made)}")
        for path, content in read_tree(start).items():
            store.put_if_absent(path, content)
        return store

    return Scene(work, clock, start, copy_start)


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("work", WORKS)
def test_killed_work_on_a_folder_leaves_readers_whole_and_is_finished(
    work: str, how: str, clock: Clock, tmp_path: Path
) -> None:
    acts = sweep_kills(on_folders(WORKS[work], clock, tmp_path), how)

    assert acts >= LEAST_ACTS[work]


@pytest.mark.parametrize(
    "work",
    [
        "changes",
        pytest.param("first publish", marks=pytest.mark.slow),
        pytest.param("rollback", marks=pytest.mark.slow),
    ],
)
def test_what_is_written_in_one_turn_may_be_written_in_any_order(
    work: str, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest first: the snapshot is there before anything that it names."""
    monkeypatch.setattr(upload, "ThreadPoolExecutor", BackwardExecutor)

    acts = sweep_kills(on_folders(WORKS[work], clock, tmp_path), "before")

    assert acts >= LEAST_ACTS[work]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("how", ["before", "after"])
@pytest.mark.parametrize("work", WORKS)
def test_killed_work_on_a_bucket_leaves_readers_whole_and_is_finished(work: str, how: str, clock: Clock) -> None:
    with mock_aws():
        acts = sweep_kills(on_buckets(WORKS[work], clock), how)

    assert acts >= LEAST_ACTS[work]


# So that no sweep is over before it has begun.
LEAST_ACTS = {
    "first publish": 25,
    "changes": 16,
    "rollback": 12,
    "garbage": 20,
    "refresh": 3,
    "new key": 4,
    "retired key": 5,
}
