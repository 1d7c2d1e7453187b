"""The rules of one client: what to answer from, when to refresh, what to do if that fails.

Order: memory, disk, CDN, mirrors, fallback. A read takes one view and answers from it alone.
"""

import json
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from registry_client.core.config import Config
from registry_client.core.loading import load_parts
from registry_client.core.memory import Memory
from registry_client.core.refreshing import Refresher
from registry_client.core.status import Source, Status
from registry_client.core.steps import Cache, Exclusive, NoCache, Rule
from registry_client.core.views import PlainView, SignedView, View, manifest_keys
from registry_client.errors import ClientClosed, RegistryError, RegistryInvalid, RegistryUnavailable

logger = logging.getLogger("registry_client")
# After a refresh that failed, reads do not try again sooner: each would wait for the time-out.
RETRY_SECONDS = 30.0
Result = TypeVar("Result")


class Registry:
    """The state of one client and its rules; whoever runs them does the I/O."""

    def __init__(self, config: Config, *, cache: Cache) -> None:
        self.config, self.cache = config, cache
        self.memory = Memory()
        self.source: Source | None = None
        self.last_error: RegistryError | None = None
        self.news: deque[Status] = deque()
        self.is_closed = False
        self._refresher = Refresher(config, cache=cache, memory=self.memory)
        self._attempts = 0
        self._retry_at = 0.0
        self._fallback: View | None = None
        self._flights = Flights()

    def read(self, query: Callable[["Reader"], Rule[Result]]) -> Rule[Result]:
        """The answer of a query, from the best whole that there is.

        If a part of it cannot be loaded, the fallback answers, whole; without one the error is raised.
        """
        reader = yield from self._reader()
        try:
            return (yield from query(reader))
        except (RegistryUnavailable, RegistryInvalid) as error:
            if self.config.fallback is None or reader.view is self._fallback:
                raise
            self._note(error)
            return (yield from query((yield from self._fall_back())))

    def refresh(self) -> Rule[Status]:
        """Ask the registry now. Raises why that failed; what was held before is still there."""
        self._check_open()
        failures: list[RegistryError] = []
        yield Exclusive("refresh", partial(self._try_refresh, failures))
        if failures:
            raise failures[0]
        return self.status()

    def status(self) -> Status:
        held = self.memory.held
        is_fallback = self.source == "fallback" or held is None
        view = self._fallback if is_fallback else held and held.view
        return Status(
            serial=view.serial if view else None,
            source=self.source,
            published_at=view.published_at if view else None,
            expires_at=view.expires_at if view else None,
            fetched_at=datetime.fromtimestamp(held.checked_at, UTC) if held and not is_fallback else None,
            fresh=not is_fallback and self._is_fresh(),
            last_error=self.last_error,
            signed=self.config.verify and isinstance(view, SignedView),
        )

    def _reader(self) -> Rule["Reader"]:
        self._check_open()
        source: Source | None = "memory"
        if not self._is_fresh():
            before = self.memory.held
            rule = partial(self._bring_up_to_date, self._attempts)
            # While another one refreshes, whoever has something to read reads it.
            yield Exclusive("refresh", rule, wait=not self._is_usable())
            held = self.memory.held
            source = held.source if held and held is not before else "memory"
        held = self.memory.held
        if held is None or not self._is_usable():
            if self.config.fallback is None:
                raise self._failure()
            return (yield from self._fall_back())
        self.source = source
        origins = (held.origin, *(other for other in self.config.origins if other != held.origin))
        return Reader(held.view, origins, self.cache, self._flights, held.pointer)

    def _bring_up_to_date(self, attempts: int) -> Rule[None]:
        """Alone: from disk if another process was faster, else from the network; not if somebody has just tried."""
        if self._is_fresh() or self._attempts != attempts:
            return
        self._tell((yield from self._refresher.adopt_kept()))
        if self._is_fresh():
            self.last_error = None
        has_answer = self._is_usable() or self.config.fallback is not None
        is_resting = has_answer and 0 <= self._retry_at - self.config.clock() <= RETRY_SECONDS
        if not self._is_fresh() and not is_resting:
            yield from self._try_refresh([])

    def _try_refresh(self, failures: list[RegistryError]) -> Rule[None]:
        """A failure is noted and appended, so that it breaks no read."""
        try:
            if self.memory.held is None:
                self._tell((yield from self._refresher.adopt_kept()))
            self._tell((yield from self._refresher.refresh()))
            self.last_error = None
        except (RegistryInvalid, RegistryUnavailable) as error:
            self._note(error)
            failures.append(error)
        # Not in a finally: a task that was cancelled has found out nothing for those who wait.
        self._attempts += 1

    def _note(self, error: RegistryError) -> None:
        self.last_error = error.with_traceback(None)
        self._retry_at = self.config.clock() + min(self.config.ttl_seconds, RETRY_SECONDS)
        logger.warning("The registry %s could not be refreshed: %s", self.config.url, error)

    def _tell(self, news: object) -> None:
        if news is not None:
            held = self.memory.held
            self.source = held.source if held else None
            self.news.append(self.status())

    def _failure(self) -> RegistryError:
        return copy_of(self.last_error or RegistryUnavailable(f"The registry {self.config.url} could not be read."))

    def _fall_back(self) -> Rule["Reader"]:
        if self._fallback is None:
            self._fallback = yield from self._open_fallback()
        self.source = "fallback"
        return Reader(self._fallback, self._fallback_origins(), NoCache(), self._flights)

    def _open_fallback(self) -> Rule[View]:
        fallback = self.config.fallback
        if isinstance(fallback, str):
            config = replace(self.config, origins=(fallback,), fallback=None, may_be_expired=True)
            packaged = Registry(config, cache=NoCache())
            yield from packaged.refresh()
            assert packaged.memory.held is not None  # noqa: S101 - refresh would have raised
            return packaged.memory.held.view
        return _mapped(fallback or {})

    def _fallback_origins(self) -> tuple[str, ...]:
        return (self.config.fallback,) if isinstance(self.config.fallback, str) else ("fallback:",)

    def _is_fresh(self) -> bool:
        held = self.memory.held
        if held is None or not 0 <= self.config.clock() - held.checked_at < self.config.ttl_seconds:
            return False
        expires_at = held.view.expires_at
        return not self.config.verify or expires_at is None or self.config.now() < expires_at

    def _is_usable(self) -> bool:
        held = self.memory.held
        return held is not None and self.config.clock() - held.checked_at <= self.config.max_stale_seconds

    def _check_open(self) -> None:
        if self.is_closed:
            raise ClientClosed("This client was closed.")


@dataclass(frozen=True, slots=True)
class Reader:
    """One view and where its missing parts are."""

    view: View
    origins: Sequence[str]
    cache: Cache
    flights: "Flights"
    # The bytes of `current.json`; empty where there is none.
    pointer: bytes = b""

    def load(self, parts: Sequence[str]) -> Rule[Mapping[str, bytes]]:
        """Key -> bytes of all documents in these parts; not to be changed."""
        view = self.view
        if any(part not in view.loaded for part in parts):
            yield Exclusive("load", partial(self._load_alone, parts, self.flights.failures))
        if len(parts) == 1:
            return view.loaded[parts[0]]
        return {key: content for part in parts for key, content in view.loaded[part].items()}

    def _load_alone(self, parts: Sequence[str], failures: int) -> Rule[None]:
        """Whoever waited while another failed fails with it: each on its own, they would wait for each time-out."""
        if self.flights.failures != failures and self.flights.error:
            raise copy_of(self.flights.error)
        try:
            yield from load_parts(self.view, parts, origins=self.origins, cache=self.cache)
        except (RegistryInvalid, RegistryUnavailable) as error:
            self.flights.failures += 1
            self.flights.error = error.with_traceback(None)
            raise


@dataclass(slots=True)
class Flights:
    """How many loads have failed so far, and the last one's error."""

    failures: int = 0
    error: RegistryError | None = None


def copy_of(error: RegistryError) -> RegistryError:
    """A new exception each time: one that several threads raise would collect their tracebacks."""
    return type(error)(*error.args)


def _mapped(fallback: object) -> PlainView:
    """A fallback that is given as path or key -> document, as the simple clients had it."""
    documents = {str(path).removesuffix(".json"): value for path, value in dict(fallback).items()}  # type: ignore[call-overload]
    manifest = documents.pop("manifest", {})
    loaded = {key: {key: json.dumps(value).encode()} for key, value in documents.items()}
    return PlainView(manifest, frozenset(loaded) | manifest_keys(manifest), loaded=loaded)
