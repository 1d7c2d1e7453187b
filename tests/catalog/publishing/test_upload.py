"""Many files at once, and copies that only go forward."""

import json

import pytest

from catalog.publishing.stores.base import PreconditionError, StoreError
from catalog.publishing.stores.filesystem import FileSystemStore
from catalog.publishing.tree import TreeFile
from catalog.publishing.upload import COPY_TRIES, WORKERS, quiet, upload_copies, uploading_new
from tests.stores import BreakingStore, CountingStore, read_tree

PATH = "providers/cms/sanity.json"


def copy(serial: int) -> TreeFile:
    return TreeFile(PATH, json.dumps({"serial": serial}).encode())


def forward(store: CountingStore | FileSystemStore, serial: int, *, is_new: bool = False) -> None:
    upload_copies(store, [copy(serial)], serial=serial, is_new=is_new, progress=quiet)


def test_every_new_file_is_written(folder_store: FileSystemStore) -> None:
    files = [TreeFile(f"objects/{number:03}.json", str(number).encode()) for number in range(WORKERS * 5 + 1)]
    seen: list[tuple[str, int]] = []

    with uploading_new(folder_store, lambda what, done: seen.append((what, done))) as upload:
        upload(files[:7])
        upload(files[7:])

    assert read_tree(folder_store) == {file.path: file.content for file in files}
    assert seen == [("objects", done) for done in range(1, len(files) + 1)]


def test_file_that_is_there_is_right(folder_store: FileSystemStore) -> None:
    folder_store.put_if_absent("objects/1.json", b"first")

    with uploading_new(folder_store, quiet) as upload:
        upload([TreeFile("objects/1.json", b"second")])

    assert read_tree(folder_store) == {"objects/1.json": b"first"}


def test_first_error_stops_the_rest(folder_store: FileSystemStore) -> None:
    files = (TreeFile(f"objects/{number:04}.json", b"{}") for number in range(10_000))

    broken = BreakingStore(folder_store, at=3, how="refused")
    with pytest.raises(StoreError, match="The disk is full"), uploading_new(broken, quiet) as upload:
        upload(files)

    assert len(read_tree(folder_store)) <= WORKERS * 4
    assert next(files).path < "objects/0100.json"


def test_expected_new_copy_is_one_request(folder_store: FileSystemStore) -> None:
    watched = CountingStore(folder_store)

    forward(watched, 1, is_new=True)

    assert watched.requests == [("put_if_absent", PATH)]
    assert read_tree(folder_store) == {PATH: copy(1).content}


@pytest.mark.parametrize("is_new", [True, False])
def test_older_copy_is_replaced(folder_store: FileSystemStore, is_new: bool) -> None:
    forward(folder_store, 1)

    forward(folder_store, 2, is_new=is_new)

    assert read_tree(folder_store) == {PATH: copy(2).content}


@pytest.mark.parametrize("is_new", [True, False])
def test_newer_copy_stays(folder_store: FileSystemStore, is_new: bool) -> None:
    forward(folder_store, 3)

    forward(folder_store, 2, is_new=is_new)

    assert read_tree(folder_store) == {PATH: copy(3).content}


def test_same_copy_is_not_written_again(folder_store: FileSystemStore) -> None:
    forward(folder_store, 1)
    watched = CountingStore(folder_store)

    forward(watched, 1)

    assert watched.requests == [("get", PATH)]


@pytest.mark.parametrize("content", [b"not json", b"{}", b"[]", b'{"serial": null}', b""])
def test_foreign_file_is_replaced(folder_store: FileSystemStore, content: bytes) -> None:
    folder_store.put_if_absent(PATH, content)

    forward(folder_store, 1)

    assert read_tree(folder_store) == {PATH: copy(1).content}


def test_copy_that_others_change_all_the_time_is_given_up(folder_store: FileSystemStore) -> None:
    class Contested(CountingStore):
        def put_if_match(self, path: str, content: bytes, *, etag: str) -> None:
            super().put_if_match(path, content, etag="stale")

    forward(folder_store, 1)
    watched = Contested(folder_store)

    with pytest.raises(StoreError, match=f"^{PATH} was changed by somebody else 10 times in a row") as raised:
        forward(watched, 2)

    assert watched.counts() == {"get": COPY_TRIES, "put_if_match": COPY_TRIES}
    assert not isinstance(raised.value, PreconditionError)
    assert read_tree(folder_store) == {PATH: copy(1).content}
