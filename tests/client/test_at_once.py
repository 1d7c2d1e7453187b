"""Many threads, tasks, event loops and forks of one client."""

import asyncio
import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from registry_client import AsyncRegistryClient, ClientClosed, RegistryClient, RegistryUnavailable
from registry_client.client import _clients

from tests.client.conftest import Seconds
from tests.client.registry import MemoryRegistry
from tests.client.serving import URL, Server, serve
from tests.factories import SANITY, provider_document

MANY = 16


def read_from_threads(read: Callable[[], Any]) -> list[Any]:
    """What each of many threads got, that all began at once; an error is an answer, too."""
    barrier = threading.Barrier(MANY)

    def begin() -> Any:
        barrier.wait(10)
        try:
            return read()
        except RegistryUnavailable as error:
            return error

    with ThreadPoolExecutor(MANY) as pool:
        return [future.result() for future in [pool.submit(begin) for _ in range(MANY)]]


def thread_client(server: Server, clock: Seconds, **options: Any) -> RegistryClient:
    return RegistryClient(URL, cache_dir=None, clock=clock, transport=server.transport, **options)


def async_client(server: Server, clock: Seconds, **options: Any) -> AsyncRegistryClient:
    return AsyncRegistryClient(URL, cache_dir=None, clock=clock, transport=server.transport, **options)


def test_threads_share_one_flight(server: Server, clock: Seconds, registry: MemoryRegistry) -> None:
    with thread_client(server, clock) as client:
        assert read_from_threads(client.get_all_providers) == [client.get_all_providers()] * MANY
        assert sorted(server.seen()) == sorted(
            [
                *("current.json", "keys.json", registry.snapshots()[0]),
                *(registry.bundle_of("providers/cms"), registry.bundle_of("providers/ecommerce")),
            ]
        )


def test_threads_share_one_failure(server: Server, clock: Seconds) -> None:
    """Each on its own would wait for the time-out of the one before."""
    server.fault = lambda request, path: httpx.Response(500)
    with thread_client(server, clock) as client:
        answers = read_from_threads(client.get_all_providers)
    assert {type(answer) for answer in answers} == {RegistryUnavailable}
    assert len({id(answer) for answer in answers}) == MANY
    assert server.seen().count("current.json") < MANY


def test_nobody_waits_for_a_refresh_while_there_is_something_to_read(server: Server, clock: Seconds) -> None:
    asked, release = threading.Event(), threading.Event()

    def hang(request: httpx.Request, path: str) -> None:
        asked.set()
        release.wait(20)

    with thread_client(server, clock) as client, ThreadPoolExecutor(1) as pool:
        client.get_builders()
        clock.move(seconds=301)
        server.fault = hang
        waiting = pool.submit(client.get_builders)
        asked.wait(10)
        try:
            assert (len(client.get_builders()), client.source, client.status().fresh) == (2, "memory", False)
            assert not waiting.done()
        finally:
            release.set()


def test_tasks_share_one_flight(server: Server, clock: Seconds) -> None:
    async def read() -> list[int]:
        async with async_client(server, clock) as client:
            return [len(found) for found in await asyncio.gather(*(client.get_all_providers() for _ in range(MANY)))]

    assert asyncio.run(read()) == [4] * MANY
    assert len(server.seen()) == 5


def test_task_that_is_cancelled_fails_nobody_else(server: Server, clock: Seconds) -> None:
    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(0.05)
            return server.answer(request)

    async def read() -> int:
        async with AsyncRegistryClient(URL, cache_dir=None, clock=clock, transport=Slow()) as client:
            first = asyncio.create_task(client.get_all_providers())
            await asyncio.sleep(0.01)
            second = asyncio.create_task(client.get_all_providers())
            await asyncio.sleep(0.01)
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            return len(await second)

    assert asyncio.run(read()) == 4


def test_loops_come_and_go(server: Server, clock: Seconds) -> None:
    """As programs do that have a client for all, and an event loop for each call."""
    client = async_client(server, clock)
    for _ in range(3):
        assert asyncio.run(client.get_provider("cms", "sanity")) == SANITY
    assert len(server.seen()) == 4
    assert len(client._loops) <= 1


def test_loops_at_once_read_the_same(server: Server, clock: Seconds, registry: MemoryRegistry) -> None:
    client = async_client(server, clock, ttl_seconds=0)
    answers = read_from_threads(lambda: asyncio.run(client.get_provider("cms", "sanity")))
    registry.publish(provider_document("tina", display_name="New"))
    later = read_from_threads(lambda: asyncio.run(client.get_provider("cms", "tina")))
    assert (answers, later) == ([SANITY] * MANY, [provider_document("tina", display_name="New")] * MANY)


def test_loops_over_real_sockets(server: Server, clock: Seconds) -> None:
    async def read(client: AsyncRegistryClient) -> None:
        async with client:
            assert await client.get_provider("cms", "sanity") == SANITY

    with serve(server) as address:
        for _ in range(2):
            asyncio.run(read(AsyncRegistryClient(address, cache_dir=None, clock=clock)))


def test_child_of_a_fork_reads_on(server: Server, clock: Seconds) -> None:
    """Its connections are new, and locks that a thread of the parent held are free."""
    with serve(server) as address, RegistryClient(address, cache_dir=None, clock=clock, ttl_seconds=0) as client:
        client.get_builders()
        client._locks["refresh"].acquire()
        http = client._fetcher._http
        child = os.fork()
        if child == 0:
            found = len(client.get_all_providers()) == 4 and client._fetcher._http is not http
            os._exit(0 if found else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        client._locks["refresh"].release()
        assert (len(client.get_all_providers()), client._fetcher._http) == (4, http)


def test_closed_client_is_forgotten_and_says_so(client: RegistryClient, server: Server, clock: Seconds) -> None:
    client.get_builders()
    client.close()
    with pytest.raises(ClientClosed):
        client.get_builders()
    with pytest.raises(ClientClosed):
        client.refresh()
    other = thread_client(server, clock)
    assert other in _clients
    other.close()
    assert other not in _clients


def test_callback_may_read_and_may_fail(
    client: RegistryClient, registry: MemoryRegistry, clock: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[object] = []

    def fail(_status: object) -> None:
        raise ZeroDivisionError

    client.on_update(fail)
    client.on_update(lambda status: told.append(status.serial))
    client.get_builders()
    for name in ("one", "two"):
        registry.publish(provider_document(name))
        clock.move(seconds=301)
        with caplog.at_level(logging.ERROR):
            client.get_builders()
    assert told == [2, 3]
    assert [message.partition("<")[0] for message in caplog.messages] == ["on_update: "] * 2


def test_callback_of_a_loop_is_awaited(server: Server, clock: Seconds, registry: MemoryRegistry) -> None:
    told: list[object] = []

    async def read() -> None:
        async with async_client(server, clock, ttl_seconds=0) as client:

            async def tell(_status: object) -> None:
                told.append([one["builder_name"] for one in await client.get_builders()])

            client.on_update(tell)
            await client.get_builders()
            registry.publish(provider_document("one"))
            await client.refresh()

    asyncio.run(read())
    assert told == [["docker", "hugo"]]
