"""Asks the store for many things at once: writes with bounded concurrency, and reads before they are needed.

The copies at fixed paths are written without ever moving one back.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager

from catalog.publishing.stores.base import PreconditionError, Store, StoredFile, StoreError
from catalog.publishing.tree import TreeFile

WORKERS = 16
COPY_TRIES = 10

# (what is being done, files done so far)
Progress = Callable[[str, int], None]
Upload = Callable[[Iterable[TreeFile]], None]


def quiet(_what: str, _done: int) -> None:
    """Progress that nobody watches."""


class EarlyReads:
    """A store whose files can be read before they are asked for: each such answer is given once.

    Later ones are the store's own, so whoever lost a conditional write to another reads what that one wrote.
    """

    def __init__(self, store: Store, pool: Executor) -> None:
        self._store, self._pool = store, pool
        self._reads: dict[str, Future[StoredFile | None]] = {}

    def read(self, paths: Iterable[str]) -> None:
        """Read these files now, all at once; what goes wrong with one is raised by its `get`.

        Only conditional writes may rest on the answers, which are as old as this. A request each, asked for or not.
        """
        self._reads.update({path: self._pool.submit(self._store.get, path) for path in paths})

    def settle(self) -> None:
        """Wait for all that was not asked for yet. Raises the StoreError of one that went wrong."""
        for early in self._reads.values():
            early.result()

    @property
    def address(self) -> str:
        return self._store.address

    def get(self, path: str) -> StoredFile | None:
        early = self._reads.pop(path, None)
        return self._store.get(path) if early is None else early.result()

    def put_if_absent(self, path: str, content: bytes) -> bool:
        return self._store.put_if_absent(path, content)

    def put_if_match(self, path: str, content: bytes, *, etag: str) -> None:
        self._store.put_if_match(path, content, etag=etag)

    def get_version(self, path: str, version_id: str) -> bytes | None:
        return self._store.get_version(path, version_id)

    def list(self, prefix: str = "") -> Iterator[str]:
        return self._store.list(prefix)

    def delete(self, path: str) -> None:
        self._store.delete(path)


@contextmanager
def reading_early(store: Store) -> Iterator[EarlyReads]:
    """The store, with threads to read beside whatever else is done."""
    with ThreadPoolExecutor(WORKERS) as pool:
        yield EarlyReads(store, pool)


@contextmanager
def uploading_new(store: Store, progress: Progress) -> Iterator[Upload]:
    """A function that PUTs files whose name is their digest, or that never change: one that is there is right as it is.

    It returns while the last files are still being written; at the end of the block all of them are.
    """
    with _writing(lambda file: store.put_if_absent(file.path, file.content), "objects", progress) as upload:
        yield upload


def upload_copies(store: Store, files: Iterable[TreeFile], *, serial: int, is_new: bool, progress: Progress) -> None:
    """Bring mutable files to `serial`. With `is_new` they are expected to be missing, which saves a request each."""
    with _writing(lambda file: _advance_copy(store, file, serial=serial, is_new=is_new), "copies", progress) as upload:
        upload(files)


def _advance_copy(store: Store, file: TreeFile, *, serial: int, is_new: bool) -> None:
    """Write `file` unless the stored one is as new or newer; a publisher that was overtaken changes nothing.

    The serial inside makes bytes unique, so that If-Match cannot be satisfied by an older file that looks the same.
    """
    if is_new and store.put_if_absent(file.path, file.content):
        return
    for _ in range(COPY_TRIES):
        stored = store.get(file.path)
        if stored is None:
            if store.put_if_absent(file.path, file.content):
                return
            continue
        if stored.content == file.content or _serial_of(stored.content) > serial:
            return
        try:
            store.put_if_match(file.path, file.content, etag=stored.etag)
        except PreconditionError:
            continue
        return
    raise StoreError(f"{file.path} was changed by somebody else {COPY_TRIES} times in a row.")


def _serial_of(content: bytes) -> int:
    """The serial in a copy; 0 for a file that is no copy of ours, which is then replaced."""
    try:
        return int(json.loads(content)["serial"])
    except (ValueError, KeyError, TypeError):
        return 0


@contextmanager
def _writing(write: Callable[[TreeFile], object], what: str, progress: Progress) -> Iterator[Upload]:
    """Files that are given are written, at most `WORKERS` at once and a few waiting; the first error is raised."""
    waiting: deque[Future[object]] = deque()
    done = 0

    def settle(most: int) -> None:
        nonlocal done
        while len(waiting) > most:
            waiting.popleft().result()
            done += 1
            progress(what, done)

    with ThreadPoolExecutor(WORKERS) as pool:

        def upload(files: Iterable[TreeFile]) -> None:
            # The files are rendered here, in the thread that may use the database; workers only talk to the store.
            for file in files:
                waiting.append(pool.submit(write, file))
                settle(WORKERS * 2 - 1)

        try:
            yield upload
            settle(0)
        finally:
            for future in waiting:
                future.cancel()
