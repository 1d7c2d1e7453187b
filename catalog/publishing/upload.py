"""Writes many files with bounded concurrency, and the copies at fixed paths without ever moving one back."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

from catalog.publishing.stores.base import PreconditionError, Store, StoreError
from catalog.publishing.tree import TreeFile

WORKERS = 16
COPY_TRIES = 10

# (what is being done, files done so far)
Progress = Callable[[str, int], None]


def quiet(_what: str, _done: int) -> None:
    """Progress that nobody watches."""


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
