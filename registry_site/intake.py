"""How much of a request to the API is read: no more than a body may have, whatever its headers promise.

This counts what comes in, so that an endless body fills neither memory nor disk. `middleware.limit_bodies` answers for
it, so that a refusal has request id, headers and metrics like every other. Loaded before Django is: imports none of it.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]
PREFIX = "/api/"
MAX_BODY_BYTES = 1_000_000
# Two addresses take larger bodies: the pieces of uploads,
PIECES = "/api/v1/uploads/"
MAX_PIECE_BYTES = 8 * 1024 * 1024
# and hooks, since one delivery tells of a push of two thousand commits. Django reads no more than a little above that
# into memory (DATA_UPLOAD_MAX_MEMORY_SIZE).
HOOKS = "/api/v1/hooks/"
MAX_DELIVERY_BYTES = 2_500_000
OVERFLOW = "registry.body_is_too_large"
# What may stand in a query: all of ASCII that is printed.
PRINTED = "".join(map(chr, range(33, 127)))


def bounded(application: Application) -> Application:
    """The ASGI application; of a body below `/api/` that is too large it sees none, and the mark `OVERFLOW`."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            # Django refuses other bytes before any middleware could say so in JSON.
            scope["query_string"] = quote(scope.get("query_string", b""), safe=PRINTED).encode()
            if scope["path"].startswith(PREFIX):
                if is_piece(scope["method"], scope["path"]):
                    receive = _outlasting(receive)
                receive = _counting(scope, receive)
        await application(scope, receive, send)

    return serve


def _counting(scope: Scope, receive: Receive) -> Receive:
    headers = dict(scope.get("headers", ()))
    most = most_bytes(scope["method"], scope["path"])
    # A body that says that it is too large is not waited for at all.
    left = most if length_of(headers.get(b"content-length", b"0").decode("latin-1")) <= most else -1

    async def count() -> Message:
        nonlocal left
        if left < 0 and OVERFLOW not in scope:
            scope[OVERFLOW] = True
            return {"type": "http.request", "body": b"", "more_body": False}
        message = await receive()
        while OVERFLOW in scope and message["type"] == "http.request":
            # Thrown away while the refusal is written; the server closes the connection after it.
            message = await receive()
        if message["type"] == "http.request":
            left -= len(message.get("body", b""))
            if left < 0:
                return await count()
        return message

    return count


def _outlasting(receive: Receive) -> Receive:
    """A body that is cut off ends where it is cut, and is served like any other: of an upload, what came counts."""
    is_whole = is_cut = False

    async def outlast() -> Message:
        nonlocal is_whole, is_cut
        if is_cut:
            # Nobody is there any more; who is told so would stop serving.
            await asyncio.Event().wait()
        message = await receive()
        if message["type"] == "http.disconnect" and not is_whole:
            is_cut = True
            return {"type": "http.request", "body": b"", "more_body": False}
        is_whole = not message.get("more_body", False)
        return message

    return outlast


def is_piece(method: str | None, path: str) -> bool:
    return method == "PATCH" and path.startswith(PIECES)


def most_bytes(method: str | None, path: str) -> int:
    """How large the body of a request to the API may be."""
    if is_piece(method, path):
        return MAX_PIECE_BYTES
    return MAX_DELIVERY_BYTES if path.startswith(HOOKS) else MAX_BODY_BYTES


def length_of(text: str) -> int:
    """-1 for what is no length."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1
