"""Bodies at the server's door: what is read of an endless one, and what is told; through Django as ASGI runs it."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from registry_site.asgi import application
from registry_site.intake import MAX_BODY_BYTES, MAX_PIECE_BYTES, OVERFLOW, PIECES, bounded, length_of

ADDRESS = "/api/v1/nothing"
PIECE = b"x" * 65_536


class Server:
    """What an ASGI server hands over: pieces of a body, and a note of how many were taken."""

    is_cut = False

    def __init__(self, pieces: Iterator[bytes], **headers: str) -> None:
        # Servers send one empty message for no body.
        self._pieces = pieces
        self._next: bytes | None = next(pieces, b"")
        self.headers = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
        self.taken = 0
        self.sent: list[Any] = []
        self._gone = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        piece = self._next
        if piece is None:
            if not self.is_cut:
                await self._gone.wait()
            return {"type": "http.disconnect"}
        self._next = next(self._pieces, None)
        self.taken += len(piece)
        return {"type": "http.request", "body": piece, "more_body": self.is_cut or self._next is not None}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status

    @property
    def answer_headers(self) -> dict[str, str]:
        return {name.decode().lower(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def body(self) -> Any:
        return json.loads(b"".join(message.get("body", b"") for message in self.sent[1:]))


class CutServer(Server):
    """Whoever sends goes away before the end."""

    is_cut = True


def serve(
    server: Server, *, path: str = ADDRESS, method: str = "POST", query: bytes = b"", app: Any = application
) -> Server:
    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query,
        "headers": [(b"host", b"testserver"), *server.headers], "client": ("127.0.0.1", 1), "scheme": "https",
        "server": ("127.0.0.1", 80), "http_version": "1.1", "asgi": {"version": "3.0"},
    }  # fmt: skip
    asyncio.run(app(scope, server.receive, server.send))
    return server


def pieces(size: int) -> Iterator[bytes]:
    for start in range(0, size, len(PIECE)):
        yield PIECE[: size - start]


def test_ten_megabytes_in_pieces_are_refused_after_the_first() -> None:
    server = serve(Server(pieces(10_000_000), transfer_encoding="chunked"))

    assert (server.status, server.answer_headers["content-type"]) == (413, "application/problem+json")
    assert server.body["detail"] == "A request may have up to 1,000,000 bytes."
    assert server.answer_headers["connection"] == "close"
    assert "x-request-id" in server.answer_headers
    assert server.answer_headers["x-content-type-options"] == "nosniff"


def test_no_more_is_kept_than_a_body_may_have() -> None:
    seen: dict[str, int] = {"bytes": 0}

    async def keep(scope: Any, receive: Any, send: Any) -> None:
        more = True
        while more:
            message = await receive()
            seen["bytes"] += len(message["body"])
            more = message["more_body"]
        seen["overflow"] = OVERFLOW in scope

    endless = Server(iter(lambda: PIECE, b""), transfer_encoding="chunked")
    serve(endless, app=bounded(keep))

    assert seen == {"bytes": MAX_BODY_BYTES // len(PIECE) * len(PIECE), "overflow": True}
    assert endless.taken <= MAX_BODY_BYTES + len(PIECE)


@pytest.mark.parametrize("length", [str(MAX_BODY_BYTES + 1), "10000000000"])
def test_body_that_says_that_it_is_too_large_is_not_waited_for(length: str) -> None:
    async def look(scope: Any, receive: Any, send: Any) -> None:
        assert await receive() == {"type": "http.request", "body": b"", "more_body": False}

    silent = Server(iter(()), content_length=length)
    serve(silent, app=bounded(look))

    assert silent.taken == 0
    assert serve(Server(pieces(200_000), content_length=length)).status == 413


@pytest.mark.parametrize("length", ["abc", "-1", "1,1", "1e3", "\u00b2", "9" * 30])
def test_length_that_is_no_number_is_refused(length: str) -> None:
    server = serve(Server(pieces(3), content_length=length))

    assert (server.status, server.body["detail"]) == (400, "The request is not well formed.")


def test_length_that_lies_does_not_help() -> None:
    assert serve(Server(pieces(10_000_000), content_length="10")).status == 413


@pytest.mark.parametrize("size", [0, 1, MAX_BODY_BYTES])
def test_body_within_the_limit_is_read(size: int) -> None:
    assert serve(Server(pieces(size), transfer_encoding="chunked")).status == 404
    assert serve(Server(pieces(size), content_length=str(size))).status == 404


@pytest.mark.django_db
@pytest.mark.parametrize(("size", "status"), [(2_000_000, 401), (2_500_000, 401), (2_500_001, 413), (25_000_000, 413)])
def test_hooks_take_larger_bodies(size: int, status: int) -> None:
    """Their secret is asked for once all of it is there; what is too large is not waited for."""
    whole, endless = Server(pieces(size), content_length=str(size)), Server(pieces(size), transfer_encoding="chunked")
    address = "/api/v1/hooks/nobody-knows-this-one"

    assert (serve(whole, path=address).status, serve(endless, path=address).status) == (status, status)
    if status == 413:
        silent = serve(Server(iter(()), content_length=str(size)), path=address)
        assert (silent.status, silent.taken) == (413, 0)
        assert silent.body["detail"] == "A request may have up to 2,500,000 bytes."


@pytest.mark.django_db
def test_pages_of_people_take_larger_files() -> None:
    server = serve(Server(pieces(3_000_000), transfer_encoding="chunked"), path="/healthz")

    assert server.status == 200


UPLOAD = f"{PIECES}nothing"


@pytest.mark.parametrize(("method", "path", "most"), [
    ("PATCH", UPLOAD, MAX_PIECE_BYTES), ("POST", UPLOAD, MAX_BODY_BYTES), ("PATCH", "/api/v1/uploads", MAX_BODY_BYTES),
])  # fmt: skip
def test_pieces_of_uploads_are_larger_and_bounded_too(method: str, path: str, most: int) -> None:
    for headers in ({"transfer_encoding": "chunked"}, {"content_length": str(most + 1)}):
        server = serve(Server(pieces(most + 1), **headers), path=path, method=method)

        assert (server.status, server.body["detail"]) == (413, f"A request may have up to {most:,} bytes.")
    assert serve(Server(pieces(most), content_length=str(most)), path=path, method=method).status in (404, 405)


@pytest.mark.parametrize(("method", "seen"), [("PATCH", 200_000), ("POST", None)])
def test_piece_that_is_cut_off_ends_where_it_is_cut(method: str, seen: int | None) -> None:
    """Others are not served at all."""
    found: list[int] = []

    async def keep(scope: Any, receive: Any, send: Any) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            size += len(message["body"])
            more = message["more_body"]
        found.append(size)
        # Who would ask on is told nothing, so that what came is served to its end.
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(receive(), 0.05)

    serve(CutServer(pieces(200_000), content_length="500000"), path=UPLOAD, method=method, app=bounded(keep))

    assert found == ([seen] if seen else [])


@pytest.mark.parametrize("query", [b"a=\xff\xfe", b"q=\xc3\xbc", b"a=%ff", b"a=\x00", b"a=b c"])
def test_query_of_any_bytes_reaches_the_endpoint(query: bytes) -> None:
    server = serve(Server(pieces(0)), query=query)

    assert (server.status, server.body["status"]) == (404, 404)


@pytest.mark.django_db
def test_body_in_pieces_is_a_body(client: Client) -> None:
    """The framework would take it for none, since it has no length."""
    headers = {"transfer_encoding": "chunked", "content_type": "application/json"}

    refused = serve(Server(iter([b'{"na', b'me": 1']), **headers), path="/api/v1/providers/none/validate")

    assert refused.status in (400, 401, 404)


@pytest.mark.parametrize(("length", "status"), [(MAX_BODY_BYTES + 1, 413), ("x", 400), (0, 404), (MAX_BODY_BYTES, 404)])
def test_other_servers_are_held_to_the_length_too(length: Any, status: int, client: Client) -> None:
    assert client.post(ADDRESS, CONTENT_LENGTH=length).status_code == status


@pytest.mark.parametrize(("text", "length"), [("0", 0), ("12", 12), ("", -1), (" 1", -1), ("\u0661", -1), ("+1", -1)])
def test_length_is_digits_and_nothing_else(text: str, length: int) -> None:
    assert length_of(text) == length
