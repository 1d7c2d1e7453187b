"""S3 in a process of its own, which counts what it is asked: whoever is measured pays for no work but its own."""

import json
import logging
import multiprocessing
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

COUNTS_PATH = "/-/counts"


@dataclass(frozen=True, slots=True)
class Counts:
    """Requests by method, and bytes of the bodies that were sent."""

    requests: Counter[str]
    bytes_sent: int

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(self.requests - other.requests, self.bytes_sent - other.bytes_sent)


class CountingApp:
    """A WSGI application around the emulator's; its own path answers with the counts so far."""

    def __init__(self) -> None:
        self._app = DomainDispatcherApplication(create_backend_app)
        self._lock = threading.Lock()
        self._requests: Counter[str] = Counter()
        self._bytes = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == COUNTS_PATH:
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps([self._requests, self._bytes]).encode()]
        with self._lock:
            self._requests[environ["REQUEST_METHOD"]] += 1
            self._bytes += int(environ.get("CONTENT_LENGTH") or 0)
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer


@contextmanager
def running_emulator() -> Iterator[str]:
    """The address of an emulator on a free port of this machine; it ends with the block."""
    processes = multiprocessing.get_context("spawn")
    here, there = processes.Pipe()
    process = processes.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        process.terminate()
        process.join()


def read_counts(endpoint: str) -> Counts:
    with urllib.request.urlopen(endpoint + COUNTS_PATH, timeout=10) as answer:
        requests, sent = json.load(answer)
    return Counts(Counter(requests), sent)


def _serve(ready: Connection) -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, CountingApp(), threaded=True)
    ready.send(server.server_port)
    server.serve_forever()
