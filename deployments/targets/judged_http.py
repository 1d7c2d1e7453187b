"""HTTP for targets: to judged addresses only, never waiting long without asking whether to go on, errors for people."""

import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import httpcore
import httpx

from deployments.contract import PermanentError, TransientError
from deployments.targets.addresses import Place, find_addresses, place_of

SLICE_SECONDS = 0.25
MAX_ADDRESSES = 4


class JudgedTransport(httpx.BaseTransport):
    """What httpx sends requests by. `home` alone may be on this machine: no answer of a server elsewhere leads there.

    `check` is called several times a second while there is nothing to read; what it raises ends the request.
    """

    def __init__(self, home: Place, *, check: Callable[[], None]) -> None:
        self._home, self._network = home, _JudgedNetwork(check)
        # No connection is kept: a hang-up of the server is then never ours to repeat.
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trusted_authorities(), network_backend=self._network, max_keepalive_connections=0
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        place = place_of(str(url.copy_with(path="/", query=None)))
        self._network.addresses = find_addresses(place, may_be_here=place.host == self._home.host)[:MAX_ADDRESSES]
        with readable_errors(place.host):
            answer = self._pool.handle_request(
                httpcore.Request(
                    request.method,
                    httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer, place.host))

    def close(self) -> None:
        self._pool.close()


@contextmanager
def readable_errors(host: str) -> Iterator[None]:
    """Turn what httpcore raises into TransientError, or PermanentError for a certificate that is not trusted."""
    try:
        yield
    except httpcore.TimeoutException as error:
        raise TransientError(f"{host} did not answer in time.") from error
    except httpcore.ProtocolError as error:
        raise TransientError(f"The answer of {host} was cut off, or made no sense.") from error
    except httpcore.NetworkError as error:
        if "certificate" in str(error).lower():
            raise PermanentError(
                f"The certificate of {host} is not trusted.",
                hint="If its authority is your own, an administrator names its file in SSL_CERT_FILE.",
            ) from error
        raise TransientError(f"{host} could not be reached, or the connection broke.") from error


@cache
def _trusted_authorities() -> ssl.SSLContext:
    """Read once: it takes a fifth of a second."""
    return httpx.create_ssl_context()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response, host: str) -> None:
        self._answer, self._host = answer, host

    def __iter__(self) -> Iterator[bytes]:
        with readable_errors(self._host):
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class _JudgedNetwork(httpcore.NetworkBackend):
    """Connects to the addresses that were judged for the request, whatever the name leads to by now."""

    addresses: tuple[str, ...] = ()

    def __init__(self, check: Callable[[], None]) -> None:
        self._check, self._inner = check, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        *others, last = self.addresses
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
