"""What a deployment says, as it comes: every line once and in order, whatever happens to the connection.

Reference: HTML Living Standard, 9.2 (server-sent events).
"""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from registry_client.cli.api.http import BUSY, FAILURES, UNREACHABLE, Api, check, problem_of
from registry_client.cli.codes import Code, CommandError

# The server sends something every 15 seconds.
SILENCE_SECONDS = 45.0
PAUSES_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 10.0)
POLL_SECONDS = 2.0
MAX_EVENT_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Event:
    """`name` is line, state or done. `body`: what docs/api.md says of it."""

    name: str
    body: dict[str, Any]


def read_log(api: Api, deployment: str, *, after: int = 0) -> Iterator[Event]:
    """What was said up to now, page by page, then the state."""
    while True:
        page = api.get(f"deployments/{deployment}/logs", after=after)
        for line in page["lines"]:
            yield Event("line", line)
        after = page["next"]
        if not page["lines"]:
            yield Event("state", {name: value for name, value in page.items() if name not in ("lines", "next")})
            return


def follow_log(api: Api, deployment: str, *, after: int = 0) -> Iterator[Event]:
    """Until `done`, which is the last event. Raises CommandError after some tries in which nothing came at all."""
    failed = idle = 0
    while True:
        seen = after
        try:
            for event in _stream(api, deployment, after=after):
                after = event.body["seq"] if event.name == "line" else after
                failed = 0
                yield event
                if event.name == "done":
                    return
        except FAILURES as error:
            failed = 1 if after > seen else failed + 1
            if failed > len(PAUSES_SECONDS):
                raise CommandError(Code.UNAVAILABLE, f"{api.url}: {error}", hint=UNREACHABLE) from error
            time.sleep(PAUSES_SECONDS[failed - 1])
        else:
            # Closed in order. Some server, or something before it, may do so at once, again and again.
            idle = 0 if after > seen else min(idle + 1, 2)
            time.sleep(PAUSES_SECONDS[idle])


def _stream(api: Api, deployment: str, *, after: int) -> Iterator[Event]:
    """One connection; ends when the server closes it. Where there is no stream to be had, pages."""
    headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
    patience = httpx.Timeout(api.http.timeout.connect, read=SILENCE_SECONDS)
    address = f"{api.url}/deployments/{deployment}/events"
    with api.http.stream("GET", address, headers=headers, timeout=patience) as answer:
        if not answer.is_success:
            answer.read()
        if answer.status_code not in BUSY:
            check(answer)
            yield from parse_events(answer.iter_bytes())
            return
        if problem_of(answer) is None:
            # A proxy, while the API starts again.
            raise httpx.HTTPStatusError(f"answered {answer.status_code}", request=answer.request, response=answer)
    yield from _poll(api, deployment, after=after)


def _poll(api: Api, deployment: str, *, after: int) -> Iterator[Event]:
    """As the stream would say it, a little later."""
    told: dict[str, Any] = {}
    while True:
        for event in read_log(api, deployment, after=after):
            if event.name == "line":
                after = event.body["seq"]
            elif event.body == told:
                continue
            else:
                told = event.body
            yield event
        if told.get("isOver"):
            yield Event("done", {"state": told["state"], "next": after})
            return
        time.sleep(POLL_SECONDS)


def parse_events(chunks: Iterable[bytes]) -> Iterator[Event]:
    """Whole events only: what is cut off comes again under the same number. Raises CommandError for what is none."""
    name, told = "message", b""
    for line in _lines(chunks):
        if not line:
            if told:
                yield _event(name, told)
            name, told = "message", b""
            continue
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            name = value.decode(errors="replace")
        elif field == b"data":
            told = told + b"\n" + value if told else value


def _event(name: str, told: bytes) -> Event:
    try:
        body = json.loads(told)
        if isinstance(body, dict) and (name != "line" or isinstance(body["seq"], int)):
            return Event(name, body)
    except (ValueError, KeyError, RecursionError):
        pass
    raise CommandError(Code.UNAVAILABLE, "The stream has an event that is none.", hint=UNREACHABLE)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Split at line feeds alone, as the server writes them: a text may hold what Unicode calls a line separator."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line.removesuffix(b"\r") for line in lines)
        if len(rest) > MAX_EVENT_BYTES:
            raise CommandError(Code.UNAVAILABLE, "The stream has a line without an end.", hint=UNREACHABLE)
