"""Many writers at once, in threads and in processes: one wins each round, and no reader sees half a file.

On a folder only: moto's conditional writes are not atomic under threads.
"""

import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from catalog.publishing.stores.base import PreconditionError
from catalog.publishing.stores.filesystem import FileSystemStore

WRITERS = 8
ROUNDS = 25
PROCESSES = 3
SIZE_BYTES = 200_000


def create_round(root: Path, number: int, writer: int) -> bool:
    """Whether this writer made the file of this round."""
    return FileSystemStore(root).put_if_absent(f"objects/{number}.json", bytes([writer]) * SIZE_BYTES)


def replace_round(root: Path, etag: str, writer: int) -> bool:
    """Whether this writer replaced the file that everybody had seen."""
    try:
        FileSystemStore(root).put_if_match("current.json", bytes([writer]) * SIZE_BYTES, etag=etag)
    except PreconditionError:
        return False
    return True


def create_rounds(root: Path, writer: int) -> list[int]:
    return [number for number in range(ROUNDS) if create_round(root, number, writer)]


def add_one_often(root: Path, times: int) -> None:
    """Count up in `counter.json`, starting over whenever somebody else was faster."""
    store = FileSystemStore(root)
    while times:
        stored = store.get("counter.json")
        assert stored is not None
        try:
            store.put_if_match("counter.json", str(int(stored.content) + 1).encode(), etag=stored.etag)
        except PreconditionError:
            continue
        times -= 1


def at_once(act: Callable[[int], bool]) -> list[bool]:
    """The answers of all writers, who start together."""
    start = threading.Barrier(WRITERS)

    def wait_and_act(writer: int) -> bool:
        start.wait()
        return act(writer)

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(wait_and_act, range(WRITERS)))


@pytest.fixture
def processes() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn"))


def test_put_if_absent_has_one_winner_among_threads(tmp_path: Path) -> None:
    for number in range(ROUNDS):
        answers = at_once(lambda writer, number=number: create_round(tmp_path, number, writer))  # type: ignore[misc]

        assert sorted(answers) == [False] * (WRITERS - 1) + [True]
        stored = FileSystemStore(tmp_path).get(f"objects/{number}.json")
        assert stored is not None
        assert stored.content == bytes([answers.index(True)]) * SIZE_BYTES


def test_put_if_match_has_one_winner_among_threads(tmp_path: Path) -> None:
    store = FileSystemStore(tmp_path)
    store.put_if_absent("current.json", b"start")
    for _ in range(ROUNDS):
        seen = store.get("current.json")
        assert seen is not None

        answers = at_once(lambda writer, etag=seen.etag: replace_round(tmp_path, etag, writer + 10))  # type: ignore[misc]

        # A writer that writes the very bytes that were there could win beside another; these all differ.
        stored = store.get("current.json")
        assert stored is not None
        assert sorted(answers) == [False] * (WRITERS - 1) + [True]
        assert stored.content == bytes([answers.index(True) + 10]) * SIZE_BYTES
        store.delete("current.json")
        store.put_if_absent("current.json", b"start")


def test_put_if_absent_has_one_winner_among_processes(tmp_path: Path, processes: ProcessPoolExecutor) -> None:
    with processes:
        won = list(processes.map(create_rounds, [tmp_path] * PROCESSES, range(PROCESSES)))

    assert sorted(number for numbers in won for number in numbers) == list(range(ROUNDS))


def test_put_if_match_loses_no_update_among_processes(tmp_path: Path, processes: ProcessPoolExecutor) -> None:
    store = FileSystemStore(tmp_path)
    store.put_if_absent("counter.json", b"0")

    with processes:
        list(processes.map(add_one_often, [tmp_path] * PROCESSES, [ROUNDS] * PROCESSES))

    stored = store.get("counter.json")
    assert stored is not None
    assert stored.content == str(PROCESSES * ROUNDS).encode()


def test_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    store = FileSystemStore(tmp_path)
    store.put_if_absent("current.json", bytes([0]) * SIZE_BYTES)
    done = threading.Event()

    def write() -> None:
        for writer in range(1, 100):
            stored = store.get("current.json")
            assert stored is not None
            store.put_if_match("current.json", bytes([writer]) * SIZE_BYTES, etag=stored.etag)
        done.set()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        seen = set()
        while not done.is_set():
            stored = store.get("current.json")
            assert stored is not None
            seen.add((stored.content[:1] * SIZE_BYTES == stored.content, len(stored.content)))
        writing.result()

    assert seen == {(True, SIZE_BYTES)}
