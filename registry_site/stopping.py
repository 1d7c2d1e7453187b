"""Whether this process was told to stop. What lasts for minutes ends then: servers wait for every request under way.

The server's own handlers are called as before. ASGI tells an application of the end only after its requests are over.
Reference: ASGI specification, "Lifespan Protocol".
"""

import signal
from collections.abc import Awaitable, Callable, MutableMapping
from types import FrameType
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]
SIGNALS = (signal.SIGTERM, signal.SIGINT)
_told: set[int] = set()


def is_stopping() -> bool:
    return bool(_told)


def told_to_stop(application: Application) -> Application:
    """The ASGI application, which hears of signals from its start on. Django knows no lifespan: it is answered here."""

    async def serve(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        else:
            await application(scope, receive, send)

    return serve


async def _live(receive: Receive, send: Send) -> None:
    while (await receive())["type"] == "lifespan.startup":
        # The server has installed its handlers by now.
        for number in SIGNALS:
            _hear(number)
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


def _hear(number: signal.Signals) -> None:
    """Where nothing of Python handles the signal, or this is not the main thread, things stay as they are."""
    before = signal.getsignal(number)
    if not callable(before):
        return

    def handle(given: int, frame: FrameType | None) -> None:
        _told.add(given)
        before(given, frame)

    try:
        signal.signal(number, handle)
    except ValueError:
        return
