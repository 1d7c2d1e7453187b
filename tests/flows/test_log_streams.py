"""Many readers of one log that come and go, and what ends a stream, with a real web process."""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from deployments.api.logs.looks import THREADS
from tests.flows.listeners import BEGIN, WRITE, Listener, listen_all
from tests.flows.processes import ROOT, SETUP, Registry, free_port, wait_for

LINES, SECONDS, READERS = 1500, 6, 50
REVOKE = """
from catalog.actions.tokens import revoke_token
from catalog.models import Token
revoke_token(Token.objects.get(public_id=TOKEN), by=None)
"""
MOST = 60
UVICORN = ("uvicorn", "--log-level", "warning")
GUNICORN = ("gunicorn", "--worker-class", "uvicorn_worker.UvicornWorker", "--workers", "1", "--no-control-socket")
pytestmark = pytest.mark.timeout(240)


class Log:
    """A deployment of a registry that is followed."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.pk, self.token_id, self.token = registry.python(BEGIN).split()
        self.address = f"{registry.address}/api/v1/deployments/{self.pk}/events"
        self.headers = {"Authorization": f"Bearer {self.token}"}

    def write(self, lines: int, *, seconds: float) -> "subprocess.Popen[bytes]":
        code = (
            WRITE.replace("DEPLOYMENT", repr(self.pk)).replace("COUNT", repr(lines)).replace("SECONDS", repr(seconds))
        )
        return subprocess.Popen([sys.executable, "-c", SETUP + code], cwd=ROOT, env=self.registry.environment)

    def open(self) -> socket.socket:
        """A stream that has begun, as bare as can be."""
        connection = socket.create_connection(("127.0.0.1", self.registry.port), timeout=10)
        path = self.address.removeprefix(self.registry.address)
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.token}\r\n\r\n".encode()
        )
        assert b"200 OK" in connection.recv(4096)
        return connection

    def status(self) -> int:
        """What one more reader is answered."""
        with httpx.stream("GET", self.address, headers=self.headers, timeout=10) as answer:
            return answer.status_code


@contextmanager
def running(folder: Path, services: dict[str, str]) -> Iterator[Registry]:
    registry = Registry(folder, services)
    for command in ("migrate", "create_roles", "load_starter_catalog"):
        registry.manage(command)
    try:
        registry.start_web(REGISTRY_LOG_STREAMS_OF_CALLER=str(MOST))
        yield registry
    finally:
        registry.stop()


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running(tmp_path_factory.mktemp("registry"), {}) as registry:
        yield registry


def read_all(registry: Registry) -> list[Listener]:
    log = Log(registry)
    listeners = [Listener(log.address, log.token, is_cut=number % 5 == 0) for number in range(READERS)]
    writer = log.write(LINES, seconds=SECONDS)
    try:
        asyncio.run(asyncio.wait_for(listen_all(listeners), timeout=90))
    finally:
        assert writer.wait(timeout=30) == 0
    return listeners


def check(listeners: list[Listener], registry: Registry) -> None:
    everything = list(range(1, LINES + 1))
    assert [listener.said == everything for listener in listeners] == [True] * READERS
    assert {listener.states[-1] for listener in listeners} == {"succeeded"}
    assert all(listener.cuts > 3 for listener in listeners if listener.is_cut)
    assert "Traceback" not in registry.log("web")


@pytest.mark.slow
def test_fifty_readers_who_come_and_go_miss_nothing(registry: Registry) -> None:
    check(read_all(registry), registry)


@pytest.mark.services
def test_fifty_readers_miss_nothing_on_postgresql(tmp_path: Path, services: dict[str, str]) -> None:
    with running(tmp_path, services) as registry:
        check(read_all(registry), registry)


@pytest.mark.slow
def test_client_that_is_killed_frees_its_slot(registry: Registry) -> None:
    log = Log(registry)
    streams = [log.open() for _ in range(MOST)]
    refused = log.status()

    streams[0].close()

    assert refused == 429
    wait_for(lambda: log.status() == 200, what="The slot", seconds=5)
    for stream in streams:
        stream.close()


@pytest.mark.slow
def test_revoked_token_ends_the_stream(registry: Registry) -> None:
    log = Log(registry)
    with log.open() as stream:
        registry.python(REVOKE.replace("TOKEN", repr(log.token_id)))
        began = time.monotonic()
        while stream.recv(4096):
            pass

    assert time.monotonic() - began < 10
    assert log.status() == 401


@pytest.mark.slow
def test_streams_hold_no_threads(registry: Registry) -> None:
    log = Log(registry)
    tasks = Path(f"/proc/{registry.running['web'].pid}/task")
    before = len(list(tasks.iterdir()))
    streams = [log.open() for _ in range(30)]

    wait_for(lambda: len(list(tasks.iterdir())) <= before + THREADS + 1, what="The end of the threads")
    for stream in streams:
        stream.close()


@pytest.mark.services
def test_streams_hold_no_connections(tmp_path: Path, services: dict[str, str]) -> None:
    with running(tmp_path, services) as registry, psycopg.connect(services["DATABASE_URL"], autocommit=True) as server:
        log = Log(registry)
        streams = [log.open() for _ in range(30)]
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

        wait_for(lambda: server.execute(query).fetchall()[0][0] <= THREADS, what="The end of the connections")
        time.sleep(2)
        assert server.execute(query).fetchall()[0][0] <= THREADS
        for stream in streams:
            stream.close()


class Roamer(Listener):
    """Whose stream may end at any moment: it goes on at another address."""

    async def _listen_once(self, client: httpx.AsyncClient) -> None:
        with suppress(httpx.TransportError):
            await super()._listen_once(client)
        if not self.is_done:
            self.cuts, self.address = self.cuts + 1, self.elsewhere

    elsewhere = ""


def serve(registry: Registry, name: str, server: Sequence[str]) -> str:
    """The address of one more web process."""
    address = f"127.0.0.1:{free_port()}"
    bind = ("--bind", address) if "gunicorn" in server else ("--host", "127.0.0.1", "--port", address.partition(":")[2])
    registry.start(name, "-m", *server, *bind, "registry_site.asgi:application")
    wait_for(lambda: answers(address), what=f"The {name} process", seconds=60)
    return address


def answers(address: str) -> bool:
    try:
        return httpx.get(f"http://{address}/healthz").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("server", [UVICORN, GUNICORN], ids=["uvicorn", "gunicorn"])
def test_readers_of_a_process_that_is_stopped_go_on_elsewhere(registry: Registry, server: Sequence[str]) -> None:
    log, lines = Log(registry), 300
    first = serve(registry, "first", server)
    readers = [Roamer(f"http://{first}{urlsplit(log.address).path}", log.token) for _ in range(10)]
    for reader in readers:
        reader.elsewhere = log.address
    writer = log.write(lines, seconds=8)

    async def stop_while_they_read() -> int:
        reading = asyncio.create_task(listen_all(readers))
        while not all(reader.said for reader in readers):
            await asyncio.sleep(0.05)
        stopped = registry.running["first"]
        stopped.terminate()
        # Gunicorn itself would kill it after thirty seconds; uvicorn would wait for five minutes.
        status = await asyncio.to_thread(stopped.wait, timeout=15)
        await reading
        return status

    status = asyncio.run(asyncio.wait_for(stop_while_they_read(), timeout=90))

    assert writer.wait(timeout=30) == 0
    assert status in (0, -signal.SIGTERM)
    assert [reader.said for reader in readers] == [list(range(1, lines + 1))] * len(readers)
    assert {reader.cuts for reader in readers} == {1}
    assert "Traceback" not in registry.log("first")
