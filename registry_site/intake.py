"""How much of a request to the API is read: no more than a body may have, whatever its headers promise.

This counts what comes in, so that an endless body fills neither memory nor disk. `middleware.limit_bodies` answers for
it, so that a refusal has request id, headers and metrics like every other. Loaded before Django is: imports none of it.
"""

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
# Where more is taken, by the beginning of the path: a push of two thousand commits is told in one delivery. Django
# itself reads no more into memory than DATA_UPLOAD_MAX_MEMORY_SIZE, which is a little above.
MORE_BYTES = {"/api/v1/hooks/": 2_500_000}
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
                receive = _counting(scope, receive)
        await application(scope, receive, send)

    return serve


def _counting(scope: Scope, receive: Receive) -> Receive:
    headers, limit = dict(scope.get("headers", ())), limit_of(scope["path"])
    # A body that says that it is too large is not waited for at all.
    left = limit if length_of(headers.get(b"content-length", b"0").decode("latin-1")) <= limit else -1

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


def limit_of(path: str) -> int:
    """How many bytes a body at this path may have."""
    return next((limit for begin, limit in MORE_BYTES.items() if path.startswith(begin)), MAX_BODY_BYTES)


def length_of(text: str) -> int:
    """-1 for what is no length."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1
