"""HTTP by httpx, and folders as origins: a request in, an answer or an error out; bounded in every way."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from registry_client.core.steps import Answer, Outcome, Request
from registry_client.deadlines import DEADLINE, make_punctual
from registry_client.errors import RedirectRefused, RegistryError, RegistryUnavailable, TooLarge

MAX_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
HEADERS = {"Accept-Encoding": "identity", "Accept": "application/json", "User-Agent": "registry-client/0.1"}
# A connection that was kept open may have been closed by the server just then: that is worth one more try.
DROPPED = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
TRIES = 2
FAILURES = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError)


class Fetcher:
    """For threads. `make_http` makes the httpx client, anew after a fork."""

    def __init__(self, make_http: Callable[[], httpx.Client], *, timeout_seconds: float) -> None:
        self._make_http, self._timeout_seconds = make_http, timeout_seconds
        self._http: httpx.Client | None = None

    def open(self) -> None:
        """Before several threads use it at once."""
        if self._http is None:
            self._http = make_punctual(self._make_http())

    def forget(self) -> None:
        """After a fork: the sockets are the parent's. They are not closed, which TLS would tell the server."""
        self._http = None

    def close(self) -> None:
        http, self._http = self._http, None
        if http is not None:
            http.close()

    def fetch(self, request: Request) -> Outcome:
        if is_folder(request):
            return read_file(request)
        self.open()
        deadline = time.monotonic() + self._timeout_seconds
        try:
            with DEADLINE.until(deadline):
                return self._try(request, deadline)
        except RegistryError as error:
            return error
        except FAILURES as error:
            return failure_of(request, error)

    def _try(self, request: Request, deadline: float) -> Answer:
        for left in reversed(range(TRIES)):
            try:
                return self._follow(request, deadline)
            except DROPPED:
                if not left or time.monotonic() > deadline:
                    raise
        raise AssertionError("the last try either answers or raises")

    def _follow(self, request: Request, deadline: float) -> Answer:
        assert self._http is not None  # noqa: S101 - opened by fetch
        url = url_of(request)
        for _ in range(MAX_REDIRECTS + 1):
            with self._http.stream("GET", url, headers=headers_of(request)) as response:
                target = redirect_of(url, response)
                if target is None:
                    body = Body(request, response)
                    for chunk in response.iter_raw() if body.is_streamed else ():
                        body.add(chunk)
                        if time.monotonic() > deadline:
                            raise RegistryUnavailable(f"{url} took longer than {self._timeout_seconds} seconds.")
                    return body.answer()
                url = target
        raise RedirectRefused(f"{url_of(request)} is redirected more than {MAX_REDIRECTS} times.")


class AsyncFetcher:
    """For one event loop."""

    def __init__(self, http: httpx.AsyncClient, *, timeout_seconds: float) -> None:
        self._http, self._timeout_seconds = http, timeout_seconds

    async def close(self) -> None:
        await self._http.aclose()

    async def fetch(self, request: Request) -> Outcome:
        if is_folder(request):
            return await asyncio.to_thread(read_file, request)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._try(request)
        except RegistryError as error:
            return error
        except TimeoutError:
            return RegistryUnavailable(f"{url_of(request)} took longer than {self._timeout_seconds} seconds.")
        except FAILURES as error:
            return failure_of(request, error)

    async def _try(self, request: Request) -> Answer:
        for left in reversed(range(TRIES)):
            try:
                return await self._follow(request)
            except DROPPED:
                if not left:
                    raise
        raise AssertionError("the last try either answers or raises")

    async def _follow(self, request: Request) -> Answer:
        url = url_of(request)
        for _ in range(MAX_REDIRECTS + 1):
            async with self._http.stream("GET", url, headers=headers_of(request)) as response:
                target = redirect_of(url, response)
                if target is None:
                    body = Body(request, response)
                    if body.is_streamed:
                        async for chunk in response.aiter_raw():
                            body.add(chunk)
                    return body.answer()
                url = target
        raise RedirectRefused(f"{url_of(request)} is redirected more than {MAX_REDIRECTS} times.")


class Body:
    """The bytes of one response, as long as they are not too many. Raises TooLarge."""

    def __init__(self, request: Request, response: httpx.Response) -> None:
        self._request, self._response = request, response
        self._content = bytearray()
        self._encoding = response.headers.get("content-encoding", "").strip().lower()
        is_wanted = response.status_code == 200
        # A transport of a test may hand over what is read and unpacked already.
        self.is_streamed = is_wanted and not response.is_stream_consumed
        length = response.headers.get("content-length", "")
        if is_wanted and not self.is_streamed:
            self._encoding = ""
            self.add(response.content)
        elif is_wanted and length.isdecimal() and int(length) > request.max_bytes:
            raise self._too_large()

    def add(self, chunk: bytes) -> None:
        self._content += chunk
        if len(self._content) > self._request.max_bytes:
            raise self._too_large()

    def answer(self) -> Answer:
        etag = self._response.headers.get("etag")
        return Answer(self._response.status_code, bytes(self._content), etag, self._encoding)

    def _too_large(self) -> TooLarge:
        return TooLarge(f"{url_of(self._request)} has more than {self._request.max_bytes:,} bytes.")


def url_of(request: Request) -> str:
    return f"{request.origin}/{request.path}"


def headers_of(request: Request) -> dict[str, str]:
    # What is no ETag cannot be sent; the file is then asked for as if it were new.
    etag = request.etag or ""
    return {"If-None-Match": etag} if etag and etag.isascii() and etag.isprintable() else {}


def redirect_of(url: str, response: httpx.Response) -> str | None:
    """Where it leads; None if it is an answer. Raises RedirectRefused for another host, or from TLS to none."""
    if response.status_code not in REDIRECTS:
        return None
    try:
        here = httpx.URL(url)
        target = here.join(response.headers.get("location", ""))
    except httpx.InvalidURL as error:
        raise RedirectRefused(f"{url} is redirected to what is no address.") from error
    is_upgrade = (here.scheme, target.scheme) == ("http", "https")
    is_same = (here.scheme, here.port) == (target.scheme, target.port)
    if target.host != here.host or not (is_upgrade or is_same):
        raise RedirectRefused(f"{url} is redirected to {target}, which is not followed.")
    return str(target)


def failure_of(request: Request, error: Exception) -> RegistryUnavailable:
    failure = RegistryUnavailable(f"{url_of(request)}: {error or type(error).__name__}")
    failure.__cause__ = error
    return failure


def is_folder(request: Request) -> bool:
    return request.origin.startswith("file:")


def read_file(request: Request) -> Outcome:
    """A folder that holds a published tree answers like a server without ETags."""
    path = Path(unquote(urlsplit(request.origin).path)) / request.path
    try:
        with path.open("rb") as file:
            content = file.read(request.max_bytes + 1)
    except (FileNotFoundError, NotADirectoryError):
        return Answer(404)
    except OSError as error:
        return failure_of(request, error)
    if len(content) > request.max_bytes:
        return TooLarge(f"{path} has more than {request.max_bytes:,} bytes.")
    return Answer(200, content)
