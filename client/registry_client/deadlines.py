"""A time until which all of an answer must be there: httpx by itself counts anew with every byte that it waits for.

For threads only; asyncio has time-outs of its own.
"""

import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import local
from typing import Any

import httpcore
import httpx


class Deadline(local):
    """When the thread that asks has waited long enough, by time.monotonic."""

    at = float("inf")

    @contextmanager
    def until(self, at: float) -> Iterator[None]:
        self.at = at
        try:
            yield
        finally:
            self.at = float("inf")

    def left(self, timeout: float | None, error: type[Exception]) -> float | None:
        """How long the next step may take. Raises `error` if it is too late for any."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise error("it took too long, from the first byte to the last")
        if left == float("inf"):
            return timeout
        return left if timeout is None else min(timeout, left)


DEADLINE = Deadline()


class PunctualStream(httpcore.NetworkStream):
    """A connection that waits no longer than the DEADLINE of whoever uses it."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, DEADLINE.left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, DEADLINE.left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = DEADLINE.left(timeout, httpcore.ConnectTimeout)
        return PunctualStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class PunctualBackend(httpcore.NetworkBackend):
    """Makes such connections."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._backend = backend

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        left = DEADLINE.left(timeout, httpcore.ConnectTimeout)
        return PunctualStream(self._backend.connect_tcp(host, port, left, local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


def make_punctual(http: httpx.Client) -> httpx.Client:
    """The same client, whose connections keep the DEADLINE; through proxies of the environment, too.

    Transports that are not httpx's own are left as they are.
    """
    for transport in (http._transport, *http._mounts.values()):  # noqa: SLF001 - there is no option for it
        pool = getattr(transport, "_pool", None)
        if not isinstance(transport, httpx.HTTPTransport) or not isinstance(pool, httpcore.ConnectionPool):
            continue
        # A transport of the caller's may have come by before.
        if not isinstance(pool._network_backend, PunctualBackend):  # noqa: SLF001 - nor for this
            pool._network_backend = PunctualBackend(pool._network_backend)  # noqa: SLF001
    return http
