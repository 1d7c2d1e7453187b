"""A registry in memory, built once; a clock; clients that are closed again."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

import anyio._backends._asyncio  # noqa: F401 - what is imported late, in several threads, pytest rewrites in all at once
import pytest
from registry_client import AsyncRegistryClient, RegistryClient

from tests.client.registry import MemoryRegistry
from tests.client.serving import URL, Server, serve
from tests.clock import NOON
from tests.factories import SANITY, builder_document, provider_document, stack_document

Make = Callable[..., RegistryClient]
REMOVED = {"state": "removed", "since": "2030-01-01", "reason": "It closed.", "replacement": "providers/cms/sanity"}
NEWER = provider_document("tina", display_name="Newer")
DEPRECATED = {"state": "deprecated", "reason": "It is old.", "replacement": "providers/cms/sanity"}


class Seconds:
    """The clock of a client: stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = NOON.timestamp() + 60

    def __call__(self) -> float:
        return self.now

    def move(self, **length: float) -> None:
        self.now += timedelta(**length).total_seconds()


@dataclass
class Scene:
    """A registry at serial 2, its server, and the clock of whoever reads it."""

    registry: MemoryRegistry
    server: Server
    clock: Seconds


class InOneLoop:
    """An AsyncRegistryClient as if it were a RegistryClient: every call is awaited in one event loop."""

    def __init__(self, url: str, **options: Any) -> None:
        self._runner = asyncio.Runner()
        self._client = AsyncRegistryClient(url, **options)

    def close(self) -> None:
        self._runner.run(self._client.aclose())

    def end_loop(self) -> None:
        self._runner.close()

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._client, name)
        if not inspect.iscoroutinefunction(member):
            return member
        return lambda *arguments, **options: self._runner.run(member(*arguments, **options))


def small_documents() -> list[dict[str, Any]]:
    return [
        SANITY,
        provider_document("decap", aliases=["providers/cms/netlify_cms"]),
        provider_document("tina"),
        provider_document("snipcart", provider_type="ecommerce", cms_type=None, ecommerce_type="cart_overlay"),
        builder_document("hugo"),
        builder_document("docker", category="container"),
        stack_document("marketing"),
        stack_document("modern-performance", aliases=["stacks/foundation/modern_performance"]),
        stack_document("sanity-cms-tier", category="cms-tiers"),
    ]


@cache
def small_registry() -> MemoryRegistry:
    registry = MemoryRegistry()
    registry.publish(*small_documents())
    return registry


@pytest.fixture
def registry() -> MemoryRegistry:
    return small_registry().copy()


@pytest.fixture
def server(registry: MemoryRegistry) -> Server:
    return Server(registry)


@pytest.fixture
def address(server: Server) -> Iterator[str]:
    """Where the registry in memory is served over HTTP."""
    with serve(server) as found:
        yield found


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def scene(registry: MemoryRegistry, server: Server, clock: Seconds) -> Scene:
    registry.publish(NEWER)
    return Scene(registry, server, clock)


@pytest.fixture(params=["threads", "asyncio"])
def make_client(request: pytest.FixtureRequest, server: Server, clock: Seconds) -> Iterator[Make]:
    """A client of each kind, of the registry in memory; without a disk cache unless one is given."""
    kind = RegistryClient if request.param == "threads" else InOneLoop
    made = []

    def make(url: str = URL, **options: Any) -> RegistryClient:
        client = kind(url, **{"cache_dir": None, "clock": clock, "transport": server.transport, **options})
        made.append(client)
        return cast(RegistryClient, client)

    yield make
    for client in made:
        client.close()
        if isinstance(client, InOneLoop):
            client.end_loop()


@pytest.fixture
def client(make_client: Make) -> RegistryClient:
    return make_client()


@pytest.fixture
def cache_dir(tmp_path: Path) -> Path:
    return tmp_path / "cache"
