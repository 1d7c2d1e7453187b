"""HTTP servers on this machine, port 0, that answer as a test wants: well, slowly, halfway, or elsewhere."""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Request"], None]


@dataclass(frozen=True)
class Request:
    """One request, and the ways to answer it."""

    handler: BaseHTTPRequestHandler
    released: threading.Event

    @property
    def path(self) -> str:
        return self.handler.path.partition("?")[0]

    @property
    def query(self) -> str:
        return self.handler.path.partition("?")[2]

    @property
    def headers(self) -> Mapping[str, str]:
        return self.handler.headers  # type: ignore[return-value]

    def read(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "") == "chunked":
            return b"".join(self._chunks())
        return self.handler.rfile.read(int(self.headers.get("Content-Length") or 0))

    def send(self, content: bytes = b"", *, status: int = 200, claims: int | None = None, **headers: str) -> None:
        """`claims` is the length that is told, if another than the content's; names of headers have `_` for `-`."""
        self.handler.send_response(status)
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.send_header("Content-Length", str(len(content) if claims is None else claims))
        self.handler.end_headers()
        self.handler.wfile.write(content)

    def redirect(self, target: str, *, status: int = 302) -> None:
        self.send(status=status, Location=target)

    def hang(self) -> None:
        """Say nothing until the test is over."""
        self.released.wait(30)

    def drip(self) -> None:
        """Send a byte of a header now and then, for ever."""
        self.handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not self.released.wait(0.05):
            self.handler.wfile.write(b"x")

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.handler.rfile.readline(), 16):
            yield self.handler.rfile.read(size)
            self.handler.rfile.readline()
        self.handler.rfile.readline()


@dataclass
class Server:
    """A running server: its address, what was asked for, and what answers each path."""

    url: str
    port: int
    answers: dict[str, Answer] = field(default_factory=dict)
    otherwise: Answer = lambda request: request.send(status=404)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [path for path, _ in self.seen]

    def serve(self, path: str, content: bytes, **headers: Any) -> str:
        """Let `path` answer with the content; its URL."""
        self.answers[path] = lambda request: request.send(content, **headers)
        return self.url + path

    def answer(self, path: str, answer: Answer) -> str:
        """Let `answer` answer at `path`; its URL."""
        self.answers[path] = answer
        return self.url + path


@contextmanager
def run_server(*, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            request = Request(self, released)
            server.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            try:
                server.answers.get(request.path, server.otherwise)(request)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        do_POST = do_HEAD = do_GET  # noqa: N815 - the base class looks for it by this name

        def log_message(self, *_: object) -> None:
            """Tests say what they want to say."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        if tls:
            listening.socket = tls.wrap_socket(listening.socket, server_side=True)
        port = listening.server_address[1]
        server = Server(f"{'https' if tls else 'http'}://127.0.0.1:{port}", port)
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            released.set()
            listening.shutdown()
            thread.join()
