"""HTTP to judged addresses only, never waiting long without asking whether to go on, with errors for people."""

import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import httpcore
import httpx

from deployments.contract import PermanentError, TransientError
from deployments.network.urls import DEFAULT_PORTS, Origin

SLICE_SECONDS = 0.25
MAX_ADDRESSES = 4
MAX_RETRY_SECONDS = 3600
HEADERS = {"User-Agent": "provider-metadata-registry", "Accept-Encoding": "identity"}
# The addresses that may be connected to, best first, at least one; raises what the request ends with.
AddressesFor = Callable[[Origin], Sequence[str]]
Check = Callable[[], None]


def open_client(
    addresses_for: AddressesFor, *, check: Check, timeout: httpx.Timeout, verify: ssl.SSLContext | None = None
) -> httpx.Client:
    """A client without cookies, proxies or redirects of its own. What it raises, `readable_errors` turns."""
    transport = JudgedTransport(addresses_for, check=check, verify=verify)
    return httpx.Client(transport=transport, timeout=timeout, trust_env=False, headers=HEADERS)


class JudgedTransport(httpx.BaseTransport):
    """What httpx sends requests by. `check` is called several times a second while there is nothing to read; what it
    raises ends the request. Errors of the network are those of `httpcore`.
    """

    def __init__(self, addresses_for: AddressesFor, *, check: Check, verify: ssl.SSLContext | None = None) -> None:
        # No connection is kept: a hang-up of the server is then never ours to repeat.
        self._pools = {
            scheme: httpcore.ConnectionPool(
                ssl_context=verify or _trusted_authorities(),
                network_backend=_JudgedNetwork(scheme, addresses_for, check),
                max_keepalive_connections=0,
            )
            for scheme in DEFAULT_PORTS
        }

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.scheme not in self._pools:
            raise httpx.UnsupportedProtocol("Only HTTP is spoken.", request=request)
        answer = self._pools[url.scheme].handle_request(
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
        for pool in self._pools.values():
            pool.close()


@contextmanager
def readable_errors(shown: str) -> Iterator[None]:
    """Turn what a client raises into TransientError or PermanentError; `shown` is what people know the server by."""
    try:
        yield
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpcore.UnsupportedProtocol) as error:
        raise PermanentError(f"{shown}, or where it redirects to, is no web address.") from error
    except httpcore.TimeoutException as error:
        raise TransientError(f"{shown} did not answer in time.") from error
    except httpcore.ProtocolError as error:
        raise TransientError(f"The answer of {shown} was cut off, or made no sense.") from error
    except httpcore.NetworkError as error:
        raise _connection_error(shown, error) from error


def retry_seconds(headers: httpx.Headers, *, otherwise: float) -> float:
    """How long the server asks to wait, if it says so in seconds, and no longer than an hour."""
    text = headers.get("retry-after", "")
    return min(float(text), MAX_RETRY_SECONDS) if text.isdecimal() else otherwise


def _connection_error(shown: str, error: httpcore.NetworkError) -> PermanentError | TransientError:
    if "certificate" in str(error).lower():
        return PermanentError(
            f"The certificate of {shown} is not trusted.",
            hint="If its authority is your own, an administrator names its file in SSL_CERT_FILE.",
        )
    return TransientError(f"{shown} could not be reached, or the connection broke.")


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


class _JudgedNetwork(httpcore.NetworkBackend):
    """Connects to just the addresses that were found and judged for a host, under one scheme."""

    def __init__(self, scheme: str, addresses_for: AddressesFor, check: Check) -> None:
        self._scheme, self._addresses_for, self._check = scheme, addresses_for, check
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        *others, last = self._addresses_for(Origin(self._scheme, host, port))[:MAX_ADDRESSES]
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
