"""The adapter stands on the client for threads."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from registry_client import RegistryClient

from tests.client.conftest import Seconds
from tests.client.registry import URL, Server


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
