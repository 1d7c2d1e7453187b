"""What a stream says, by itself: order, the end, pings, and when it closes."""

import asyncio
from collections.abc import Sequence
from typing import Any

from deployments.api.logs.news import News
from deployments.api.logs.streams import LINES_AT_ONCE, PING, RETRY, Pace, follow

QUICK = Pace(looks=0.001, pings=60, checks=60, ends=5)


def status(state: str = "building") -> dict[str, Any]:
    return {"state": state, "isOver": state == "succeeded", "steps": [], "error": None}


def line(seq: int, text: str = "text") -> dict[str, Any]:
    return {"seq": seq, "at": "now", "attempt": 1, "step": "build", "text": text}


class Told:
    """What is there at each look; after the last one nothing changes any more. `asked` is after which lines."""

    def __init__(self, *looks: tuple[Sequence[dict[str, Any]], dict[str, Any]] | None) -> None:
        self.looks, self.asked = list(looks), list[int]()

    async def read(self, after: int, limit: int) -> News | None:
        self.asked.append(after)
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if look is None:
            return None
        lines = [each for each in look[0] if each["seq"] > after][:limit]
        return News(lines, lines[-1]["seq"] if lines else after, look[1])


async def always() -> bool:
    return True


def listen(told: Told, *, after: int = 0, pace: Pace = QUICK, may: Any = always, most: int = 1_000) -> list[str]:
    """The first events, at most, as they are sent; the first one says when to come back."""

    async def collect() -> list[str]:
        parts = [part async for part in _first(follow(told.read, may, after=after, pace=pace), most)]
        assert parts[0] == RETRY
        return [text for part in parts[1:] for text in part.decode().split("\n\n") if text]

    return asyncio.run(collect())


async def _first(stream: Any, most: int) -> Any:
    seen = 0
    async for part in stream:
        yield part
        seen += 1
        if seen >= most:
            return


def names(events: Sequence[str]) -> list[str]:
    """`line 1`, `state`, `done`."""
    found = []
    for text in events:
        fields = dict(row.partition(": ")[::2] for row in text.split("\n"))
        found.append(" ".join(filter(None, (fields.get("event", text), fields.get("id", "")))))
    return found


def test_lines_state_and_end_come_in_order() -> None:
    told = Told(
        ([], status("queued")),
        ([line(1), line(2)], status()),
        ([line(1), line(2)], status()),
        ([line(1), line(2), line(3)], status("succeeded")),
    )

    assert names(listen(told)) == ["state", "line 1", "line 2", "state", "line 3", "state", "done"]
    assert told.asked == [0, 0, 2, 2]


def test_reader_goes_on_after_what_it_has() -> None:
    told = Told(([line(1), line(2), line(3)], status("succeeded")))

    assert names(listen(told, after=2)) == ["line 3", "state", "done"]


def test_event_is_one_line_of_json_whatever_was_said() -> None:
    text = 'a\u2028"b"\r<i>\u00fc'
    [event, *_] = listen(Told(([line(1, text)], status("succeeded"))))

    assert event.startswith("id: 1\nevent: line\ndata: {")
    assert event.count("\n") == 2
    assert "\r" not in event


def test_long_log_comes_without_waits_and_ends_after_its_last_line() -> None:
    lines = [line(seq) for seq in range(1, 2 * LINES_AT_ONCE + 1)]
    slow = Pace(looks=60, pings=60, checks=60, ends=60)

    found = names(listen(Told((lines, status("succeeded"))), pace=slow))

    assert found == [*(f"line {each['seq']}" for each in lines), "state", "done"]


def test_quiet_stream_is_kept_open_by_pings() -> None:
    often = Pace(looks=0.001, pings=0.01, checks=60, ends=60)

    found = listen(Told(([], status())), pace=often, most=4)

    assert [found[0].split("\n")[0], *found[1:]] == ["event: state", PING.decode().strip(), PING.decode().strip()]


def test_stream_ends_by_itself_so_that_its_reader_comes_again() -> None:
    short = Pace(looks=0.001, pings=60, checks=60, ends=0.05)

    assert names(listen(Told(([line(1)], status())), pace=short)) == ["line 1", "state"]


def test_reader_who_may_not_any_more_is_told_nothing_more() -> None:
    told = Told(([], status()), ([], status()))
    answers = iter([True, False])
    strict = Pace(looks=0.001, pings=60, checks=0, ends=60)

    async def may() -> bool:
        return next(answers)

    assert names(listen(told, may=may, pace=strict)) == ["state"]
    assert len(told.asked) == 1


def test_database_that_is_away_is_waited_for() -> None:
    told = Told(None, ([line(1)], status()), None, ([line(1), line(2)], status("succeeded")))

    assert names(listen(told)) == ["line 1", "state", "line 2", "state", "done"]
