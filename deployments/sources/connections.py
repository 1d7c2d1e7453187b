"""Connections for HTTP: to judged addresses only, and never waiting long without asking whether to go on."""

import ssl
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import httpcore
import httpx

from deployments.sources.addresses import Rules

SLICE_SECONDS = 0.25
MAX_ADDRESSES = 4


class RuledTransport(httpx.BaseTransport):
    """What httpx sends requests by. `check` is called several times a second while there is nothing to read; what it
    raises ends the request. Errors of the network are those of `httpcore`.
    """

    def __init__(self, rules: Rules, *, check: Callable[[], None], verify: ssl.SSLContext | None = None) -> None:
        # No connection is kept: a hang-up of the server is then never ours to repeat.
        self._pool = httpcore.ConnectionPool(
            ssl_context=verify or _trusted_authorities(),
            network_backend=_RuledNetwork(rules, check),
            max_keepalive_connections=0,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    def close(self) -> None:
        self._pool.close()


@cache
def _trusted_authorities() -> ssl.SSLContext:
    """Read once: it takes a fifth of a second."""
    return httpx.create_ssl_context()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class _RuledNetwork(httpcore.NetworkBackend):
    """Looks a host up, judges what is found, and connects to just that."""

    def __init__(self, rules: Rules, check: Callable[[], None]) -> None:
        self._rules, self._check, self._inner = rules, check, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        *others, last = self._rules.find_addresses(host, port)[:MAX_ADDRESSES]
        for address in others:
            self._check()
            try:
                return _PatientStream(self._inner.connect_tcp(address, port, timeout), self._check)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        self._check()
        return _PatientStream(self._inner.connect_tcp(last, port, timeout), self._check)


class _PatientStream(httpcore.NetworkStream):
    """A connection whose reads wait in slices, with a check between them."""

    def __init__(self, inner: httpcore.NetworkStream, check: Callable[[], None]) -> None:
        self._inner, self._check = inner, check

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = timeout or SLICE_SECONDS
        while True:
            self._check()
            try:
                return self._inner.read(max_bytes, min(left, SLICE_SECONDS))
            except httpcore.ReadTimeout:
                left -= SLICE_SECONDS
                if left <= 0:
                    raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _PatientStream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._check)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
