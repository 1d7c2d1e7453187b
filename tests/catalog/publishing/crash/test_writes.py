"""A folder's file is there whole or not at all, also after `kill -9` and a power cut in the middle of its write."""

from pathlib import Path

import pytest

from catalog.publishing.stores.filesystem import FileSystemStore
from tests.catalog.publishing.crash.writes import die_in_write

KILLED = -9
OLD, NEW = b"old", b"new" * 1000
NOT_DONE = [("mkstemp", "before"), ("mkstemp", "after"), ("fsync", "before"), ("fsync", "after"), ("flock", "after")]


@pytest.mark.parametrize("method", ["put_if_absent", "put_if_match"])
@pytest.mark.parametrize(("call", "when"), [*NOT_DONE, ("replace", "before"), ("replace", "after")])
def test_process_killed_in_a_write_leaves_the_old_or_the_new_file(
    tmp_path: Path, method: str, call: str, when: str
) -> None:
    store = FileSystemStore(tmp_path)
    store.put_if_absent("current.json", OLD)

    assert die_in_write(tmp_path, call=call, when=when, method=method) == KILLED

    is_done = (call, when) == ("replace", "after")
    new = NEW if is_done else None
    expected = (
        {"current.json": OLD, "objects/aa/new.json": new}
        if method == "put_if_absent"
        else {
            "current.json": new or OLD,
            "objects/aa/new.json": None,
        }
    )
    found = {path: store.get(path) for path in expected}
    assert {path: stored.content if stored else None for path, stored in found.items()} == expected
    assert list(store.list()) == sorted(path for path, content in expected.items() if content)


def test_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    store = FileSystemStore(tmp_path)
    store.put_if_absent("current.json", OLD)
    die_in_write(tmp_path, call="flock", when="after", method="put_if_match")

    stored = store.get("current.json")
    assert stored is not None
    store.put_if_match("current.json", b"next", etag=stored.etag)

    assert store.put_if_absent("objects/aa/new.json", NEW) is True
