"""The way out of the sandbox: a proxy of this process on a socket of its own, which passes on to listed hosts only.

The sandbox has no network; the socket's file is mounted into it, and `forwarder` turns it into a port there. TLS
goes through unread (CONNECT, RFC 9110, 9.3.6); plain HTTP is passed on one request per connection.
"""

import asyncio
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

from deployments.contract import PermanentError
from deployments.sandbox.hosts import Rules, private_hosts, split_place
from deployments.sandbox.temporary import EGRESS, temporary_folder

CHUNK_BYTES = 1 << 16
HEAD_BYTES = 1 << 15
PATIENCE_SECONDS = 15
CONNECTIONS = 128
SOCKET_PLACE, FORWARDER_PLACE = "/run/egress.sock", "/run/forwarder.py"
FORWARDER = Path(__file__).with_name("forwarder.py")
# Headers between a client and its proxy; that of the one connection is written anew.
HOP_HEADERS = (b"proxy-", b"connection:", b"keep-alive:", b"upgrade:", b"te:")


class RefusedError(Exception):
    """What the client is told, as a status of HTTP."""

    def __init__(self, status: str, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class Way:
    """How the sandbox reaches the proxy: what is mounted into it, and what stands before the program."""

    prefix: Sequence[str] = ()
    mounts: Mapping[Path, str] = field(default_factory=dict)
    notes: "SimpleQueue[str]" = field(default_factory=SimpleQueue)

    def tell(self, on_line: Callable[[str], None]) -> None:
        """Give what was refused since, to be called by the thread that keeps the log."""
        with suppress(Empty):
            while True:
                on_line(self.notes.get_nowait())


@contextmanager
def serve_egress(hosts: Sequence[str]) -> Iterator[Way]:
    """A proxy for one run, to `hosts` and nothing else; no hosts, no proxy. `Rules` says how they are written."""
    if not hosts:
        yield Way()
        return
    python = _find_python()
    with temporary_folder(EGRESS) as folder:
        path = folder / "proxy.sock"
        way = Way([python, "-I", "-S", FORWARDER_PLACE, SOCKET_PLACE], {path: SOCKET_PLACE, FORWARDER: FORWARDER_PLACE})
        with Proxy(path, rules=Rules(hosts, private=private_hosts()), on_refusal=way.notes.put):
            yield way


def _find_python() -> str:
    """One below /usr, which is all that the sandbox sees."""
    own = Path(sys.executable).resolve()
    found = str(own) if own.is_relative_to("/usr") else shutil.which("python3", path="/usr/local/bin:/usr/bin")
    if found is None:
        raise PermanentError(
            "There is no Python below /usr on this worker, which the way out of the sandbox needs.",
            hint="Ask for the Debian package python3 to be installed.",
        )
    return found


class Proxy:
    """Listens on the socket `path` in a thread of its own from entering to leaving; then all connections are cut."""

    def __init__(self, path: Path, *, rules: Rules, on_refusal: Callable[[str], None]) -> None:
        self._path, self._rules, self._on_refusal = path, rules, on_refusal
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="egress", daemon=True)
        self._connections = asyncio.Semaphore(CONNECTIONS)

    def __enter__(self) -> "Proxy":
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self._path))
        # The folder is ours alone; into the sandbox, whose user is another, the file is mounted by itself.
        self._path.chmod(0o666)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(listener), self._loop).result(PATIENCE_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(PATIENCE_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self._loop.close()

    async def _listen(self, listener: socket.socket) -> None:
        self._server = await asyncio.start_unix_server(self._serve, sock=listener, limit=HEAD_BYTES)

    async def _cut(self) -> None:
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection. A client that is gone, or a cut, ends it without a word."""
        try:
            async with self._connections:
                await self._answer(reader, writer)
        except RefusedError as refused:
            self._on_refusal(str(refused))
            with suppress(OSError):
                writer.write(f"HTTP/1.1 {refused.status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
                await writer.drain()
        except (OSError, EOFError, asyncio.CancelledError, asyncio.LimitOverrunError, TimeoutError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        request, *headers = head.split(b"\r\n")
        method, where, version = _read_request(request)
        is_tunnel = method == "CONNECT"
        place = where if is_tunnel else urlsplit(where).netloc
        inner, outer = await self._reach(place, default=443 if is_tunnel else 80)
        try:
            if is_tunnel:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                outer.write(_rewrite(method, where, version, headers))
            await asyncio.gather(_copy(reader, outer), _copy(inner, writer))
        finally:
            outer.close()

    async def _reach(self, place: str, *, default: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the address that was judged, so that a name cannot mean another one a moment later."""
        try:
            host, port = split_place(place)
        except ValueError as error:
            raise RefusedError(
                "400 Bad Request", f"The program asked for {place[:100]!r}, which is no host."
            ) from error
        port = port or default
        if not self._rules.allows(host, port=port):
            raise RefusedError(
                "403 Forbidden", f"The program asked for {host}:{port}, which is not among the reachable hosts."
            )
        for address in await self._look_up(host, port):
            if not self._rules.allows_address(host, port=port, address=address):
                raise RefusedError("403 Forbidden", f"{host} leads to the private address {address}: refused.")
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    return await asyncio.open_connection(address, port)
        raise RefusedError("502 Bad Gateway", f"{host}:{port} cannot be reached.")

    async def _look_up(self, host: str, port: int) -> list[str]:
        try:
            found = await self._loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise RefusedError("502 Bad Gateway", f"There is no address of {host}.") from error
        return list(dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found))


def _read_request(line: bytes) -> tuple[str, str, str]:
    try:
        method, where, version = line.decode("ascii").split(" ")
    except ValueError as error:
        raise RefusedError("400 Bad Request", "The program sent the proxy something that is no request.") from error
    return method, where, version


def _rewrite(method: str, where: str, version: str, headers: Sequence[bytes]) -> bytes:
    """The request as its server expects it; the connection ends with the answer, so no second one can slip through."""
    url = urlsplit(where)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    host = url.netloc.rpartition("@")[2]
    kept = [each for each in headers if each and not each.lower().startswith((*HOP_HEADERS, b"host:"))]
    first = f"{method} {target} {version}\r\nHost: {host}\r\nConnection: close".encode()
    return b"\r\n".join([first, *kept]) + b"\r\n\r\n"


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()
    with suppress(OSError):
        writer.write_eof()
