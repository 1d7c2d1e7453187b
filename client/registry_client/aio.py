"""The client for asyncio. Each event loop has connections of its own; what was read is shared by all of them."""

import asyncio
import inspect
import logging
import weakref
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
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
from registry_client.transport import HEADERS, AsyncFetcher

logger = logging.getLogger("registry_client")
Result = TypeVar("Result")
MAX_AT_ONCE = 16


@dataclass(slots=True, weakref_slot=True)
class Loop:
    """What belongs to one event loop."""

    fetcher: AsyncFetcher
    at_once: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_AT_ONCE))
    locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))


class AsyncRegistryClient(Shell):
    """The methods of RegistryClient, to be awaited. May be used from several event loops, one after another or at once.

    A task that is cancelled leaves nothing half done; others that wait for the same answer go on.
    """

    def __init__(
        self, url: str, *, transport: httpx.AsyncBaseTransport | None = None, **options: Unpack[Options]
    ) -> None:
        super().__init__(url, **options)
        self._transport = transport
        self._loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Loop] = weakref.WeakKeyDictionary()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections of this event loop; reading is over, in all of them."""
        self._registry.is_closed = True
        here = self._loops.pop(asyncio.get_running_loop(), None)
        if here is not None:
            await here.fetcher.close()

    async def get_manifest(self) -> Document:
        """As RegistryClient.get_manifest."""
        return await self._read(ManifestQuery(self.url))

    async def get_provider(self, category: str, name: str) -> Document:
        """As RegistryClient.get_provider."""
        return await self._read(EntryQuery(f"providers/{category}/{name}", self._warned))

    async def get_all_providers(self, category: str | None = None) -> list[Document]:
        """As RegistryClient.get_all_providers."""
        return await self._read(list_query("providers", category))

    async def get_builder(self, name: str) -> Document:
        """As RegistryClient.get_builder."""
        return await self._read(EntryQuery(f"builders/{name}", self._warned))

    async def get_builders(self) -> list[Document]:
        """As RegistryClient.get_builders."""
        return await self._read(list_query("builders", None))

    async def get_stack_metadata(self, stack_type: str) -> Document:
        """As RegistryClient.get_stack_metadata."""
        return await self._read(StackQuery(stack_type, self._warned))

    async def get_stacks(self, category: str | None = None) -> list[Document]:
        """As RegistryClient.get_stacks."""
        return await self._read(list_query("stacks", category))

    async def get_entry(self, key: str) -> Document:
        """As RegistryClient.get_entry."""
        return await self._read(EntryQuery(key, self._warned))

    async def search(self, text: str = "", **filters: Unpack[Filters]) -> list[Document]:
        """As RegistryClient.search."""
        return await self._read(SearchQuery(make_criteria(text, **filters)))

    async def get_current(self) -> Current:
        """As RegistryClient.get_current."""
        return await self._read(CurrentQuery())

    async def get_snapshot(self, serial: int | None = None) -> Snapshot:
        """As RegistryClient.get_snapshot."""
        return await self._read(SnapshotQuery(serial, self._known_snapshots))

    async def get_index(self, snapshot: Snapshot) -> dict[str, IndexLine]:
        """As RegistryClient.get_index."""
        return await self._read(IndexQuery(snapshot))

    async def get_changes(self, old: Snapshot, new: Snapshot) -> list[EntryChange]:
        """As RegistryClient.get_changes."""
        return compare_indexes(await self.get_index(old), await self.get_index(new))

    async def fetch_object(self, sha256: str) -> bytes:
        """As RegistryClient.fetch_object."""
        return await self._read(FileQuery(object_file(sha256), MAX_DOCUMENT_BYTES))

    async def fetch_file(self, file: File) -> bytes:
        """As RegistryClient.fetch_file."""
        return await self._read(FileQuery(file, MAX_BUNDLE_BYTES))

    async def fetch_unverified(self, path: str) -> bytes | None:
        """As RegistryClient.fetch_unverified."""
        return await self._read(PlainFileQuery(path))

    async def refresh(self) -> Status:
        """As RegistryClient.refresh."""
        return await self._run(self._registry.refresh())

    async def _read(self, query: Callable[[Reader], Rule[Result]]) -> Result:
        return await self._run(self._registry.read(query))

    async def _run(self, rule: Rule[Result]) -> Result:
        here = self._here()
        try:
            return await self._drive(rule, here)
        finally:
            await self._tell()

    async def _drive(self, rule: Rule[Result], here: Loop) -> Result:
        """Send the rule what came of each of its steps, until it is at its end."""
        try:
            step = next(rule)
            while True:
                try:
                    outcome = await self._perform(step, here)
                except Exception as error:  # noqa: BLE001 - whatever went wrong is the rule's business first
                    step = rule.throw(error)
                else:
                    step = rule.send(outcome)
        except StopIteration as end:
            result: Result = end.value
            return result
        finally:
            rule.close()

    async def _perform(self, step: Step, here: Loop) -> object:
        if isinstance(step, FetchAll):
            return await self._fetch_all(step, here)
        if isinstance(step, Blocking):
            return await asyncio.to_thread(step.work)
        return await self._run_alone(step, here)

    async def _fetch_all(self, step: FetchAll, here: Loop) -> list[Outcome]:
        async def fetch(at: int) -> Outcome:
            async with here.at_once:
                return await here.fetcher.fetch(step.requests[at])

        return await asyncio.gather(*map(fetch, range(len(step.requests))))

    async def _run_alone(self, step: Exclusive, here: Loop) -> bool:
        lock = here.locks[step.name]
        if lock.locked() and not step.wait:
            return False
        async with lock:
            await self._drive(step.rule(), here)
        return True

    async def _tell(self) -> None:
        """Outside of all locks: a callback may read. One that returns an awaitable is awaited."""
        while self._registry.news:
            try:
                status = self._registry.news.popleft()
            except IndexError:
                return
            for callback in tuple(self._callbacks):
                try:
                    answer = callback(status)
                    if inspect.isawaitable(answer):
                        await answer
                except Exception:
                    logger.exception("on_update: %r has failed", callback)

    def _here(self) -> Loop:
        loop = asyncio.get_running_loop()
        here = self._loops.get(loop)
        if here is None:
            http = httpx.AsyncClient(transport=self._transport, timeout=self._timeout_seconds, headers=HEADERS)
            here = self._loops[loop] = Loop(AsyncFetcher(http, timeout_seconds=self._timeout_seconds))
        return here
