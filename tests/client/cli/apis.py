"""The API for the command: the real one in this process, or one of a test that answers as told."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from registry_client.cli.api import http

API_URL = "http://127.0.0.1:9/api/v1"
Answer = Callable[[httpx.Request], httpx.Response]


def answer_by(monkeypatch: pytest.MonkeyPatch, transport: httpx.BaseTransport) -> None:
    """Whatever the command asks of an API is answered by it, and it waits for nothing."""
    monkeypatch.setattr(http, "transport", lambda: transport)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


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
