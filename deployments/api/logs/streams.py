"""A deployment's news as server-sent events, as they come.

Reference: HTML Living Standard, 9.2 (server-sent events).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework.renderers import JSONRenderer

from deployments.api.logs.news import News

LINES_AT_ONCE = 500
RETRY = b"retry: 2000\n\n"
PING = b": ping\n\n"
# Of the number of a line and how many more to read; None while the database is away.
Read = Callable[[int, int], Awaitable[News | None]]
MayRead = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Pace:
    """In seconds. After `ends` the stream is closed, so that the client asks again, as whoever it is by then."""

    looks: float = 0.5
    pings: float = 15.0
    checks: float = 4.0
    ends: float = 300.0


class Teller:
    """What one reader has been told: everything up to the line `after`, and `status`."""

    def __init__(self, after: int) -> None:
        self.after, self.is_over, self.is_behind = after, False, False
        self._status: Mapping[str, Any] | None = None

    def tell(self, news: News | None) -> bytes:
        """The events of what is new, empty for nothing; the status comes after the lines that were said before it."""
        if news is None:
            return b""
        said = [event("line", line, number=line["seq"]) for line in news.lines]
        self.after, self.is_behind = news.next, len(news.lines) == LINES_AT_ONCE
        if self.is_behind:
            return b"".join(said)
        if news.status != self._status:
            said.append(event("state", news.status))
        if news.is_over:
            said.append(event("done", {"state": news.status["state"], "next": news.next}))
        self._status, self.is_over = news.status, news.is_over
        return b"".join(said)


async def follow(
    read: Read, may_read: MayRead, *, after: int, pace: Pace, is_stopping: Callable[[], bool] = lambda: False
) -> AsyncIterator[bytes]:
    """Every line after `after` once and in order, the status whenever it changes, `done` at the end.

    Ends without `done` when the time is over, when the caller may not read any more, and when the process is to stop:
    the client goes on elsewhere after the last line that it has.
    """
    teller = Teller(after)
    began = checked_at = said_at = time.monotonic()
    yield RETRY
    while (now := time.monotonic()) - began < pace.ends and not (teller.is_over or is_stopping()):
        if now - checked_at >= pace.checks:
            if not await may_read():
                return
            checked_at = now
        said = teller.tell(await read(teller.after, LINES_AT_ONCE))
        if not said and now - said_at >= pace.pings:
            said = PING
        if said:
            said_at = now
            yield said
        if not (teller.is_behind or teller.is_over):
            await asyncio.sleep(pace.looks)


def event(name: str, content: Any, *, number: int | None = None) -> bytes:
    """One event; JSON has no line breaks outside of its texts' escapes, so it is one line of `data`."""
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: ".encode() + JSONRenderer().render(content) + b"\n\n"
