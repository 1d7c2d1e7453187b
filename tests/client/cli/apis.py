"""The API for the command: the real one in this process, or one of a test that answers as told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from registry_client.cli.api import http

API_URL = "http://127.0.0.1:9/api/v1"
Answer = Callable[[httpx.Request], httpx.Response]


def answer_by(monkeypatch: pytest.MonkeyPatch, transport: httpx.BaseTransport) -> None:
    """Whatever the command asks of an API is answered by it, and it waits for nothing."""
    monkeypatch.setattr(http, "transport", lambda: transport)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


@contextmanager
def real_api() -> Iterator[httpx.BaseTransport]:
    """Answers on the connection of the test, whose transaction must go on after a request."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield httpx.WSGITransport(app=get_wsgi_application())
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def problem(status: int, detail: str = "", **members: object) -> httpx.Response:
    headers = {"Content-Type": "application/problem+json"}
    body = {"type": "about:blank", "title": "No", "status": status, "detail": detail, **members}
    return httpx.Response(status, json=body, headers=headers)


class Bytes(httpx.SyncByteStream):
    """A body that comes in pieces, and may break off."""

    def __init__(self, *pieces: bytes, error: Exception | None = None) -> None:
        self._pieces, self._error = pieces, error

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces
        if self._error:
            raise self._error
