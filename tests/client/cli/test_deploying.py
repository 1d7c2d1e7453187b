"""`deploy` and `logs`: what is asked of the API, and a log that is followed through every kind of trouble."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from registry_client.cli.api.events import Event, follow_log, parse_events
from registry_client.cli.api.http import Api
from registry_client.cli.codes import CommandError
from registry_client.cli.settings import ApiSettings

from tests.client.cli.apis import API_URL, Bytes, answer_by, problem
from tests.client.cli.conftest import Run

SERVICE, DEPLOYMENT = "3f0c2f6e-6b0f-4c57-9a54-3a1f3d1f7c11", "8d2d9c5e-37b5-4d52-b1c0-0f6a2f3f9a10"
WHOLE = {"id": DEPLOYMENT, "number": 3, "url": "https://bakery.example", "state": "succeeded", "error": None}
STATUS = {"state": "succeeded", "isOver": True, "steps": [], "error": None}


def line(seq: int, text: str = "", step: str = "build") -> dict[str, Any]:
    return {"seq": seq, "at": "2030-01-02T12:00:00Z", "attempt": 1, "step": step, "text": text or f"line {seq}"}


def told(name: str, body: dict[str, Any]) -> bytes:
    number = f"id: {body['seq']}\n" if name == "line" else ""
    return f"{number}event: {name}\ndata: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


DONE = told("state", STATUS) + told("done", {"state": "succeeded", "next": 3})


class Engine:
    """An API of one service and one deployment. `streams`: the answer to each request for events, in order."""

    def __init__(self, *streams: httpx.Response | Exception) -> None:
        self.streams = list(streams)
        self.after: list[str] = []
        self.asked: list[tuple[str, Any]] = []
        self.services = [{"id": SERVICE, "name": "window", "environment": "production", "team": "web"}]
        self.whole: dict[str, Any] = dict(WHOLE)
        self.lines = [line(1), line(2), line(3)]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1/")
        if path.endswith("/events"):
            self.after.append(request.headers["Last-Event-ID"])
            answer = self.streams.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        if path.endswith("/logs"):
            lines = [one for one in self.lines if one["seq"] > int(request.url.params["after"])][:2]
            seen = lines[-1]["seq"] if lines else int(request.url.params["after"])
            return httpx.Response(200, json={"lines": lines, "next": seen, **STATUS})
        if request.method == "POST":
            self.asked.append((path, json.loads(request.content)))
            return httpx.Response(202, json={**WHOLE, "state": "queued"})
        answers: dict[str, Any] = {
            "services": self.services,
            f"services/{SERVICE}": self.services[:1] and self.services[0],
            f"services/{SERVICE}/deployments": [self.whole],
            f"deployments/{DEPLOYMENT}": self.whole,
        }
        return httpx.Response(200, json=answers[path]) if path in answers else problem(404, "There is no such thing.")


def stream(*pieces: bytes, error: Exception | None = None) -> httpx.Response:
    return httpx.Response(200, stream=Bytes(*pieces, error=error), headers={"Content-Type": "text/event-stream"})


@pytest.fixture
def call(run: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    def call(engine: Engine, *arguments: str) -> Any:
        answer_by(monkeypatch, httpx.MockTransport(engine))
        return run(*arguments, REGISTRY_API_URL=API_URL, REGISTRY_TOKEN="reg_a_b")

    return call


def test_deploy_by_name_or_id(call: Run) -> None:
    for name in ("window", SERVICE):
        engine = Engine()
        ran = call(engine, "deploy", name)
        assert (ran.code, ran.out) == (0, f"Deployment 3 of window: {DEPLOYMENT}\n")
        assert engine.asked == [(f"services/{SERVICE}/deployments", {"usesCache": True, "cancelsRunning": False})]
    engine = Engine()
    assert call(engine, "deploy", "window", "--fresh", "--cancel-running", "--json").json["id"] == DEPLOYMENT
    assert engine.asked[0][1] == {"usesCache": False, "cancelsRunning": True}


def test_services_that_are_none_or_many(call: Run) -> None:
    engine = Engine()
    engine.services = []
    assert call(engine, "deploy", "window").code == 4
    engine.services = [
        {"id": SERVICE, "name": "window", "environment": name, "team": "web"} for name in ("preview", "production")
    ]
    ran = call(engine, "deploy", "window")
    assert (ran.code, f"{SERVICE} (preview, web)" in ran.err, engine.asked) == (2, True, [])


def test_deploy_followed_to_its_end(call: Run) -> None:
    engine = Engine(stream(told("line", line(1)), told("line", line(2)), DONE))
    ran = call(engine, "deploy", "window", "--follow")
    assert (ran.code, ran.out.splitlines()[1:]) == (0, ["build\tline 1", "build\tline 2"])
    assert ran.err == "Deployment 3 succeeded: https://bakery.example\n"


def test_deployment_that_fails_is_1_with_reason_and_hint(call: Run) -> None:
    failed = {**STATUS, "state": "failed"}
    engine = Engine(stream(told("state", failed), told("done", {"state": "failed", "next": 0})))
    error = {"kind": "permanent", "message": "No such branch.", "hint": "Check the branch."}
    engine.whole |= {"state": "failed", "error": error}
    ran = call(engine, "logs", DEPLOYMENT, "--follow")
    assert (ran.code, ran.err) == (1, "Error: Deployment 3 failed. No such branch.\nHint: Check the branch.\n")


def test_log_of_now_is_read_page_by_page(call: Run) -> None:
    assert call(Engine(), "logs", "window").out == "build\tline 1\nbuild\tline 2\nbuild\tline 3\n"
    assert call(Engine(), "logs", DEPLOYMENT, "--after", "2").out == "build\tline 3\n"
    events = [json.loads(one) for one in call(Engine(), "logs", DEPLOYMENT, "--json").out.splitlines()]
    assert events == [{"event": "line", **line(n)} for n in (1, 2, 3)] + [{"event": "state", **STATUS}]


RESET = httpx.ReadError("Connection reset")


@pytest.mark.parametrize(
    ("streams", "after"),
    [
        # Cut in the middle of an event: it comes again under its number.
        ([stream(told("line", line(1)), told("line", line(2))[:30], error=RESET),
          stream(told("line", line(2)), told("line", line(3)), DONE)], ["0", "1"]),
        # Closed in order after its time is over.
        ([stream(told("line", line(1)), told("line", line(2))), stream(told("line", line(3)), DONE)], ["0", "2"]),
        # Nobody there for a while.
        ([RESET, RESET, stream(*(told("line", line(n)) for n in (1, 2, 3)), DONE)], ["0", "0", "0"]),
        # No streams to be had: pages.
        ([problem(503, "There are enough streams.")], ["0"]),
        ([stream(told("line", line(1))), problem(429, "You have many.")], ["0", "1"]),
        # A proxy answers while the API starts again.
        ([httpx.Response(502, text="Bad gateway"), httpx.Response(504), httpx.Response(503, text="<html>"),
          stream(*(told("line", line(n)) for n in (1, 2, 3)), DONE)], ["0", "0", "0", "0"]),
        # In pieces that cut everything anywhere.
        ([stream(*(bytes([b]) for b in b"retry: 2000\n\n: ping\n\n"
                   + b"".join(told("line", line(n)) for n in (1, 2, 3)) + DONE))], ["0"]),
    ],
)  # fmt: skip
def test_followed_log_has_every_line_once(call: Run, streams: Any, after: list[str]) -> None:
    engine = Engine(*streams)
    ran = call(engine, "logs", DEPLOYMENT, "--follow")
    assert (ran.code, ran.out) == (0, "build\tline 1\nbuild\tline 2\nbuild\tline 3\n")
    assert engine.after == after


def test_log_that_cannot_be_followed_any_more(call: Run) -> None:
    gone = Engine(*[RESET] * 20)
    assert call(gone, "logs", DEPLOYMENT, "--follow").code == 3
    assert len(gone.after) == 7
    revoked = Engine(stream(told("line", line(1))), problem(401, "This token is revoked."))
    ran = call(revoked, "logs", DEPLOYMENT, "--follow")
    assert (ran.code, ran.out) == (5, "build\tline 1\n")
    nonsense = Engine(stream(b"event: line\ndata: []\n\n"))
    assert call(nonsense, "logs", DEPLOYMENT, "--follow").code == 3


def test_what_builds_write_cannot_act_on_a_terminal(call: Run) -> None:
    texts = "\x1b[31mred\x1b[0m \x1b]0;title\x07\u202eback \x07bell \u2028next"
    out = call(Engine(stream(told("line", line(1, texts)), DONE)), "logs", DEPLOYMENT, "--follow").out
    assert out == "build\tred \\u202eback \\u0007bell \u2028next\n"


def test_events_are_split_at_line_feeds_alone() -> None:
    text = "a\u2028b\x85c"
    (event,) = parse_events([told("line", line(1, text))])
    assert event == Event("line", line(1, text))


def test_every_event_as_json_lines(call: Run) -> None:
    ran = call(Engine(stream(told("line", line(1)), DONE)), "deploy", "window", "--follow", "--json")
    assert [json.loads(one)["event"] for one in ran.out.splitlines()] == ["deployment", "line", "state", "done"]


def test_proxy_that_answers_for_ever_is_given_up_like_a_refused_connection(
    call: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept = {}
    for what, answer in (("refused", RESET), ("502", httpx.Response(502))):
        waited: list[float] = []
        engine = Engine(*[answer] * 20)
        answer_by(monkeypatch, httpx.MockTransport(engine))
        monkeypatch.setattr("time.sleep", waited.append)
        events = follow_log(Api(ApiSettings(API_URL, "", 1.0)), DEPLOYMENT)
        with pytest.raises(CommandError) as caught:
            list(events)
        slept[what] = (caught.value.code, len(engine.after), waited)
    assert slept["502"] == slept["refused"]


def test_streams_that_end_without_a_word_are_not_asked_for_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    empty, state = b"retry: 2000\n\n", told("state", {**STATUS, "isOver": False})
    engine = Engine(*map(stream, (empty, state, empty, told("line", line(1)), DONE)))
    answer_by(monkeypatch, httpx.MockTransport(engine))
    monkeypatch.setattr("time.sleep", waited.append)
    assert [event.name for event in follow_log(Api(ApiSettings(API_URL, "", 1.0)), DEPLOYMENT)] == [
        *("state", "line", "state", "done")
    ]
    assert waited == [1.0, 2.0, 2.0, 0.5]
