"""A registry in memory, built once; a clock; clients that are closed again."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from registry_client import RegistryClient

from tests.client.registry import URL, MemoryRegistry, Server
from tests.clock import NOON
from tests.factories import SANITY, builder_document, provider_document, stack_document

REMOVED = {"state": "removed", "since": "2030-01-01", "reason": "It closed.", "replacement": "providers/cms/sanity"}
DEPRECATED = {"state": "deprecated", "reason": "It is old.", "replacement": "providers/cms/sanity"}


class Seconds:
    """The clock of a client: stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = NOON.timestamp() + 60

    def __call__(self) -> float:
        return self.now

    def move(self, **length: float) -> None:
        self.now += timedelta(**length).total_seconds()


@cache
def small_registry() -> MemoryRegistry:
    registry = MemoryRegistry()
    registry.publish(
        SANITY,
        provider_document("decap", aliases=["providers/cms/netlify_cms"]),
        provider_document("tina"),
        provider_document("snipcart", provider_type="ecommerce", cms_type=None, ecommerce_type="cart_overlay"),
        builder_document("hugo"),
        builder_document("docker", category="container"),
        stack_document("marketing"),
        stack_document("modern-performance", aliases=["stacks/foundation/modern_performance"]),
        stack_document("sanity-cms-tier", category="cms-tiers"),
    )
    return registry


@pytest.fixture
def registry() -> MemoryRegistry:
    return small_registry().copy()


@pytest.fixture
def server(registry: MemoryRegistry) -> Server:
    return Server(registry)


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def make_client(server: Server, clock: Seconds) -> Iterator[Callable[..., RegistryClient]]:
    """A client of the registry in memory, without a disk cache unless one is given."""
    made = []

    def make(url: str = URL, **options: Any) -> RegistryClient:
        client = RegistryClient(url, **{"cache_dir": None, "clock": clock, "transport": server.transport, **options})
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(make_client: Callable[..., RegistryClient]) -> RegistryClient:
    return make_client()


@pytest.fixture
def cache_dir(tmp_path: Path) -> Path:
    return tmp_path / "cache"
