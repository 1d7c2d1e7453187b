"""The client for threads. It has none of its own, but for the moment in which several files are fetched at once."""

import logging
import os
import threading
import weakref
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar, Unpack

import httpx

from registry_client.core.archive import (
    Current,
    CurrentQuery,
    EntryChange,
    FileQuery,
    IndexQuery,
    PlainFileQuery,
    SnapshotQuery,
    compare_indexes,
    object_file,
)
from registry_client.core.limits import MAX_BUNDLE_BYTES, MAX_DOCUMENT_BYTES
from registry_client.core.queries import Document, EntryQuery, ManifestQuery, SearchQuery, StackQuery, list_query
from registry_client.core.registry import Reader
from registry_client.core.searching import Filters, make_criteria
from registry_client.core.shapes import File, IndexLine, Snapshot
from registry_client.core.status import Status
from registry_client.core.steps import Blocking, Exclusive, FetchAll, Outcome, Rule, Step
from registry_client.shell import Options, Shell
from registry_client.transport import HEADERS, Fetcher

logger = logging.getLogger("registry_client")
Result = TypeVar("Result")
MAX_AT_ONCE = 16


class RegistryClient(Shell):
    """Reads a registry; safe to share between threads, and to take across a fork.

    Every method that reads may raise RegistryUnavailable or RegistryInvalid if there is nothing good to answer from,
    and ClientClosed. What it returns is the caller's own copy.
    """

    def __init__(self, url: str, *, transport: httpx.BaseTransport | None = None, **options: Unpack[Options]) -> None:
        super().__init__(url, **options)
        self._transport = transport
        self._fetcher = Fetcher(self._make_http, timeout_seconds=self._timeout_seconds)
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        _clients.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; reading is over."""
        self._registry.is_closed = True
        self._fetcher.close()
        _clients.discard(self)

    def get_manifest(self) -> Document:
        """All names by type and category, as in `manifest.json`, told from what is read. Loads everything."""
        return self._read(ManifestQuery(self.url))

    def get_provider(self, category: str, name: str) -> Document:
        """One provider's document. Raises EntryNotFound."""
        return self._read(EntryQuery(f"providers/{category}/{name}", self._warned))

    def get_all_providers(self, category: str | None = None) -> list[Document]:
        """Every provider, or those of one type; sorted by key. Disabled ones are listed: look at `lifecycle`."""
        return self._read(list_query("providers", category))

    def get_builder(self, name: str) -> Document:
        """One builder's document. Raises EntryNotFound."""
        return self._read(EntryQuery(f"builders/{name}", self._warned))

    def get_builders(self) -> list[Document]:
        """Every builder, sorted by key."""
        return self._read(list_query("builders", None))

    def get_stack_metadata(self, stack_type: str) -> Document:
        """One stack's document by its name, an old name, or `<category>/<name>`. Raises EntryNotFound."""
        return self._read(StackQuery(stack_type, self._warned))

    def get_stacks(self, category: str | None = None) -> list[Document]:
        """Every stack, or those of one category; sorted by key."""
        return self._read(list_query("stacks", category))

    def get_entry(self, key: str) -> Document:
        """The document of a key such as `providers/cms/sanity`, or of an old key. Raises EntryNotFound."""
        return self._read(EntryQuery(key, self._warned))

    def search(self, text: str = "", **filters: Unpack[Filters]) -> list[Document]:
        """What has all words of `text` and fits all filters, sorted by key; nothing is sent anywhere."""
        return self._read(SearchQuery(make_criteria(text, **filters)))

    def refresh(self) -> Status:
        """Ask the registry now, whatever the TTL. Raises why that failed; reads go on with what was there."""
        return self._run(self._registry.refresh())

    def get_current(self) -> Current:
        """What is live, as files: for mirrors. Raises SnapshotNotFound for a registry without snapshots."""
        return self._read(CurrentQuery())

    def get_snapshot(self, serial: int | None = None) -> Snapshot:
        """The live snapshot, or an earlier one: a request for each in between. Raises SnapshotNotFound."""
        return self._read(SnapshotQuery(serial, self._known_snapshots))

    def get_index(self, snapshot: Snapshot) -> dict[str, IndexLine]:
        """Key -> IndexLine of a snapshot: which document each entry has. A request a shard, all at once."""
        return self._read(IndexQuery(snapshot))

    def get_changes(self, old: Snapshot, new: Snapshot) -> list[EntryChange]:
        """What differs between two snapshots, sorted by key."""
        return compare_indexes(self.get_index(old), self.get_index(new))

    def fetch_object(self, sha256: str) -> bytes:
        """A document by its digest, canonical and checked."""
        return self._read(FileQuery(object_file(sha256), MAX_DOCUMENT_BYTES))

    def fetch_file(self, file: File) -> bytes:
        """Any immutable file, checked: those of a Snapshot, of an IndexLine, of a Current."""
        return self._read(FileQuery(file, MAX_BUNDLE_BYTES))

    def fetch_unverified(self, path: str) -> bytes | None:
        """A file that no digest covers, such as `manifest.json`; None if there is none. To copy, not to believe."""
        return self._read(PlainFileQuery(path))

    def _read(self, query: Callable[[Reader], Rule[Result]]) -> Result:
        return self._run(self._registry.read(query))

    def _run(self, rule: Rule[Result]) -> Result:
        try:
            return self._drive(rule)
        finally:
            self._tell()

    def _drive(self, rule: Rule[Result]) -> Result:
        """Send the rule what came of each of its steps, until it is at its end."""
        try:
            step = next(rule)
            while True:
                try:
                    outcome = self._perform(step)
                except Exception as error:  # noqa: BLE001 - whatever went wrong is the rule's business first
                    step = rule.throw(error)
                else:
                    step = rule.send(outcome)
        except StopIteration as end:
            result: Result = end.value
            return result
        finally:
            rule.close()

    def _perform(self, step: Step) -> object:
        if isinstance(step, FetchAll):
            return self._fetch_all(step)
        if isinstance(step, Blocking):
            return step.work()
        return self._run_alone(step)

    def _fetch_all(self, step: FetchAll) -> list[Outcome]:
        if len(step.requests) == 1:
            return [self._fetcher.fetch(step.requests[0])]
        self._fetcher.open()
        with ThreadPoolExecutor(min(len(step.requests), MAX_AT_ONCE) or 1) as pool:
            return list(pool.map(self._fetcher.fetch, step.requests))

    def _run_alone(self, step: Exclusive) -> bool:
        lock = self._locks[step.name]
        if not lock.acquire(blocking=step.wait):
            return False
        try:
            self._drive(step.rule())
        finally:
            lock.release()
        return True

    def _tell(self) -> None:
        """Outside of all locks: a callback may read."""
        while self._registry.news:
            try:
                status = self._registry.news.popleft()
            except IndexError:
                return
            for callback in tuple(self._callbacks):
                try:
                    callback(status)
                except Exception:
                    logger.exception("on_update: %r has failed", callback)

    def _make_http(self) -> httpx.Client:
        return httpx.Client(transport=self._transport, timeout=self._timeout_seconds, headers=HEADERS)

    def _after_fork(self) -> None:
        """In the child: connections are the parent's, and locks may be held by threads that are not here."""
        self._fetcher.forget()
        self._locks = defaultdict(threading.Lock)
        self._registry.memory.forget_locks()


_clients: "weakref.WeakSet[RegistryClient]" = weakref.WeakSet()


def _after_fork() -> None:
    for client in list(_clients):
        client._after_fork()  # noqa: SLF001 - they are of one module


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
