"""A process that is told to stop says so to what lasts, and to its server as before."""

import asyncio
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from deployments.api.logs.streams import RETRY, Pace, follow
from registry_site import stopping
from registry_site.stopping import is_stopping, told_to_stop


@pytest.fixture(autouse=True)
def _handlers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(stopping, "_told", set())
    before = {number: signal.getsignal(number) for number in stopping.SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("Django knows no lifespan.")


async def live(*, until: Any) -> list[str]:
    """What a server is answered that starts, does something and stops."""
    said: list[str] = []
    messages = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> dict[str, str]:
        message = next(messages)
        if message == "lifespan.shutdown":
            until()
        return {"type": message}

    async def send(message: Any) -> None:
        said.append(message["type"])

    await told_to_stop(nothing)({"type": "lifespan"}, receive, send)
    return said


@pytest.mark.parametrize("number", stopping.SIGNALS)
def test_signal_is_heard_and_the_server_still_gets_it(number: signal.Signals) -> None:
    served: list[int] = []
    signal.signal(number, lambda given, frame: served.append(given))
    assert not is_stopping()

    said = asyncio.run(live(until=lambda: signal.raise_signal(number)))

    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert (is_stopping(), served) == (True, [number])


def test_signal_that_nobody_handles_is_left_alone() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

    asyncio.run(live(until=lambda: None))

    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_requests_go_on_to_the_application() -> None:
    seen: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    async def call() -> None:
        await told_to_stop(application)({"type": "http"}, None, None)

    asyncio.run(call())

    assert seen == ["http"]


def test_stream_ends_between_two_looks_without_saying_that_it_is_done() -> None:
    looks = 0

    async def read(after: int, limit: int) -> None:
        nonlocal looks
        looks += 1

    async def may() -> bool:
        return True

    async def collect() -> list[bytes]:
        stream = follow(read, may, after=0, pace=Pace(looks=0.001), is_stopping=lambda: looks >= 3)
        return [part async for part in stream]

    assert (asyncio.run(collect()), looks) == ([RETRY], 3)
