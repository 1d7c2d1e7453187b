"""Asks the store for many things at once: writes with bounded concurrency, and reads before they are needed.

The copies at fixed paths are written without ever moving one back.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice

from catalog.publishing.stores.base import PreconditionError, Store, StoredFile, StoreError
from catalog.publishing.tree import TreeFile

WORKERS = 16
COPY_TRIES = 10

# (what is being done, files done so far)
Progress = Callable[[str, int], None]


def quiet(_what: str, _done: int) -> None:
    """Progress that nobody watches."""


class EarlyReads:
    """A store of which some files are being read already: each of these answers is given once.

    Later ones are the store's own, so whoever lost a conditional write to another reads what that one wrote.
    """

    def __init__(self, store: Store, reads: dict[str, Future[StoredFile | None]]) -> None:
        self._store, self._reads = store, reads

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
def reading_early(store: Store, paths: Iterable[str]) -> Iterator[Store]:
    """The store, while these files are read all at once; what goes wrong with one is raised by its `get`.

    The answers are as old as the block: only conditional writes may rest on them. A request each, asked for or not.
    """
    with ThreadPoolExecutor(WORKERS) as pool:
        yield EarlyReads(store, {path: pool.submit(store.get, path) for path in paths})


def upload_new(store: Store, files: Iterable[TreeFile], progress: Progress) -> None:
    """PUT files whose name is their digest, or that never change: one that is there already is right as it is."""
    _each(files, lambda file: store.put_if_absent(file.path, file.content), "objects", progress)


def upload_copies(store: Store, files: Iterable[TreeFile], *, serial: int, is_new: bool, progress: Progress) -> None:
    """Bring mutable files to `serial`. With `is_new` they are expected to be missing, which saves a request each."""
    _each(files, lambda file: _advance_copy(store, file, serial=serial, is_new=is_new), "copies", progress)


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


def _each(files: Iterable[TreeFile], write: Callable[[TreeFile], object], what: str, progress: Progress) -> None:
    """Write all files, at most `WORKERS` at once and a few waiting; the first error stops it and is raised."""
    if isinstance(files, list) and len(files) == 1:
        # There is nothing to do beside it, so no thread is worth its start.
        write(files[0])
        progress(what, 1)
        return
    waiting: deque[Future[object]] = deque()
    source: Iterator[TreeFile] = iter(files)
    done = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            # The files are rendered here, in the thread that may use the database; workers only talk to the store.
            waiting.extend(pool.submit(write, file) for file in islice(source, WORKERS * 2))
            while waiting:
                waiting.popleft().result()
                done += 1
                progress(what, done)
                waiting.extend(pool.submit(write, file) for file in islice(source, 1))
        finally:
            for future in waiting:
                future.cancel()
