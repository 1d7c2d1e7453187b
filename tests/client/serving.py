"""Serves a published tree, with faults where a test wants them: as an httpx transport, or over HTTP. Has no Django."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Protocol

import httpx

URL = "https://registry.test"
# Path -> the answer to give instead, or None to answer as ever.
Fault = Callable[[httpx.Request, str], httpx.Response | None]


class Published(Protocol):
    """Anything with the files of a published tree."""

    files: dict[str, bytes]


@dataclass
class Copies:
    """Only files, for instance those of a registry that nobody signs."""

    files: dict[str, bytes]


class Server:
    """Answers requests for one tree, and writes them down. `fault` may answer instead."""

    def __init__(self, registry: Published, *, fault: Fault | None = None) -> None:
        self.registry, self.fault = registry, fault
        self.requests: list[str] = []
        self.answers: list[int] = []

    @property
    def transport(self) -> httpx.MockTransport:
        """For both clients."""
        return httpx.MockTransport(self.answer)

    def seen(self) -> list[str]:
        """The paths that were asked for since the last look."""
        seen, self.requests = self.requests, []
        return seen

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/")
        self.requests.append(path)
        response = (self.fault(request, path) if self.fault else None) or answer_from(
            self.registry.files, request, path
        )
        self.answers.append(response.status_code)
        return response


def answer_from(files: Mapping[str, bytes], request: httpx.Request, path: str) -> httpx.Response:
    """What a web server says that has these files."""
    content = files.get(path)
    if content is None:
        return httpx.Response(404, content=files.get("fallback.json", b""))
    etag = f'"{hashlib.sha256(content).hexdigest()}"'
    headers = {"ETag": etag, "Content-Type": "application/gzip" if path.endswith(".gz") else "application/json"}
    if request.headers.get("If-None-Match") == etag:
        return httpx.Response(304, headers=headers)
    return httpx.Response(200, content=content, headers=headers)


@contextmanager
def serve(server: Server) -> Iterator[str]:
    """The address of a real HTTP server of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # The body is written after the headers; else it waits 40 ms for the client to confirm those.
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            request = httpx.Request("GET", f"http://127.0.0.1{self.path}", headers=dict(self.headers))
            response = server.answer(request)
            self.send_response(response.status_code)
            for name, value in response.headers.items():
                if name not in ("content-length", "transfer-encoding"):
                    self.send_header(name, value)
            content = response.content if response.is_stream_consumed else b"".join(response.iter_raw())
            if response.status_code != 304:
                self.send_header("Content-Length", response.headers.get("x-length", str(len(content))))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Nothing: a test says what it saw."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that has had enough hangs up."""

    http = Quiet(("127.0.0.1", 0), Handler)
    thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_address[1]}"
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
