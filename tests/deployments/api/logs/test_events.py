"""`GET /deployments/{id}/events` through Django as ASGI runs it: who is let in, and what ends a stream."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import User
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client
from pytest_django import Settings

from catalog.actions.tokens import make_token, revoke_token
from catalog.models import Token
from deployments.api.logs import views
from deployments.api.logs.slots import Slots
from deployments.api.logs.streams import Pace
from tests.catalog.api.write.programs import refusal
from tests.deployments.api.logs.speech import READ, end, events_of, make_deployment, reader, say
from tests.deployments.people import deployer, team

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def slots(monkeypatch: pytest.MonkeyPatch) -> Slots:
    """Of this test; looks at the database are made where its transaction is."""

    async def look(work: Callable[[], Any]) -> Any:
        return await sync_to_async(work)()

    slots = Slots()
    monkeypatch.setattr(views, "SLOTS", slots)
    monkeypatch.setattr(views, "look", look)
    monkeypatch.setattr(views, "PACE", Pace(looks=0.01, pings=60, checks=0, ends=1))
    return slots


@pytest.fixture
def person() -> User:
    return deployer()


@pytest.fixture
def headers(person: User) -> dict[str, str]:
    text = make_token(by=person, owner=person, name="Reader", scopes=[READ], days=1)[1]
    return {"Authorization": f"Bearer {text}"}


def open_stream(address: str, **headers: str) -> Any:
    return async_to_sync(AsyncClient().get)(address, headers=headers)


def read(answer: Any, *, then: Callable[[], object] = lambda: None) -> str:
    """All of the stream; `then` is done when its first events have come."""
    assert isinstance(answer, StreamingHttpResponse)

    async def collect() -> str:
        parts = []
        async for part in answer:
            parts.append(part.decode())
            if len(parts) == 2:
                await sync_to_async(then)()
        return "".join(parts)

    return async_to_sync(collect)()


def test_stream_tells_all_and_ends(headers: dict[str, str], slots: Slots) -> None:
    deployment = make_deployment(lines=2)
    end(deployment)

    answer = open_stream(events_of(deployment), Accept="text/event-stream", **headers)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/event-stream")
    assert (answer.headers["Cache-Control"], answer.headers["X-Accel-Buffering"]) == ("no-store", "no")
    assert "Content-Length" not in answer.headers
    text = read(answer)
    assert text.startswith("retry: 2000\n\nid: 1\nevent: line\ndata: {")
    assert text.endswith('event: done\ndata: {"state":"succeeded","next":2}\n\n')
    assert slots.count() == 0


@pytest.mark.parametrize("name", ["header", "query", "both"])
def test_reader_goes_on_where_it_was_cut_off(name: str, headers: dict[str, str]) -> None:
    deployment = make_deployment(lines=3)
    end(deployment)
    address = events_of(deployment)
    if name != "header":
        address += "?after=" + ("2" if name == "query" else "0")
    more = {} if name == "query" else {"Last-Event-ID": "2"}

    text = read(open_stream(address, **headers, **more))

    assert [row for row in text.split("\n") if row.startswith("id: ")] == ["id: 3"]


def test_what_comes_while_somebody_listens_is_told(headers: dict[str, str]) -> None:
    deployment = make_deployment(lines=1)

    def go_on() -> None:
        say(deployment, "second", "third")
        end(deployment)

    text = read(open_stream(events_of(deployment), **headers), then=go_on)

    assert [row for row in text.split("\n") if row.startswith("id: ")] == ["id: 1", "id: 2", "id: 3"]
    assert '"state":"queued"' in text
    assert '"state":"succeeded"' in text


@pytest.mark.parametrize("last", ["-1", "abc", "1000000000", "1e3"])
def test_last_event_that_is_none_is_refused(last: str, headers: dict[str, str]) -> None:
    answer = open_stream(events_of(make_deployment()), **headers, **{"Last-Event-ID": last})

    assert refusal(answer)[0] == 400


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=3"])
def test_wrong_query_is_refused(query: str, headers: dict[str, str]) -> None:
    assert refusal(open_stream(f"{events_of(make_deployment())}?{query}", **headers))[0] == 400


def test_refusals_are_problems_also_for_who_wants_events(person: User) -> None:
    answer = open_stream(events_of(make_deployment()), Accept="text/event-stream")

    assert refusal(answer)[0] == 401


@pytest.mark.parametrize("reason", ["revoked", "left the team", "deactivated", "lost the role"])
def test_reader_who_may_not_any_more_is_cut_off(reason: str, person: User, headers: dict[str, str]) -> None:
    deployment = make_deployment()

    def take_away() -> None:
        if reason == "revoked":
            revoke_token(Token.objects.get(), by=person)
        elif reason == "left the team":
            person.groups.remove(team("Web"))
        elif reason == "lost the role":
            person.groups.remove(team("Deployer"))
        else:
            User.objects.update(is_active=False)
        say(deployment, "not for them")

    text = read(open_stream(events_of(deployment), **headers), then=take_away)

    assert "event: state" in text
    assert "not for them" not in text


@pytest.mark.parametrize("reason", ["signed out", "new password"])
def test_session_that_ended_ends_its_stream(reason: str, person: User) -> None:
    deployment, browser, client = make_deployment(), Client(), AsyncClient()
    browser.force_login(person)
    client.cookies = browser.cookies

    def take_away() -> None:
        if reason == "signed out":
            browser.logout()
        else:
            person.set_password("something else")
            person.save()
        say(deployment, "not for them")

    text = read(async_to_sync(client.get)(events_of(deployment)), then=take_away)

    assert "event: state" in text
    assert "not for them" not in text


def test_so_many_streams_and_no_more(headers: dict[str, str], settings: Settings, slots: Slots) -> None:
    deployment = make_deployment()
    settings.REGISTRY_LOG_STREAMS = {"process": 3, "caller": 2}
    opened = [open_stream(events_of(deployment), **headers) for _ in range(3)]
    other = deployer("other")
    text = make_token(by=other, owner=other, name="Other", scopes=[READ], days=1)[1]
    others = [open_stream(events_of(deployment), Authorization=f"Bearer {text}") for _ in range(2)]

    assert [answer.status_code for answer in opened + others] == [200, 200, 429, 200, 503]
    for answer in (opened[2], others[1]):
        assert refusal(answer)[0] == answer.status_code
        assert answer.headers["Retry-After"] == "10"
    assert slots.count() == 3


def test_client_that_goes_away_frees_its_slot(headers: dict[str, str], slots: Slots) -> None:
    answer = open_stream(events_of(make_deployment()), **headers)

    async def leave() -> None:
        listening = asyncio.create_task(_drain(answer))
        await asyncio.sleep(0.2)
        assert slots.count() == 1
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await asyncio.sleep(0.05)

    async_to_sync(leave)()

    assert slots.count() == 0


async def _drain(answer: Any) -> None:
    async for _ in answer:
        pass


def test_server_that_cannot_wait_says_so() -> None:
    answer = reader().get(events_of(make_deployment()))

    assert refusal(answer)[0] == 503


def test_head_begins_no_stream(headers: dict[str, str], slots: Slots) -> None:
    answer = async_to_sync(AsyncClient().head)(events_of(make_deployment()), headers=headers)

    assert (answer.status_code, answer.headers["Content-Type"], answer.content) == (200, "text/event-stream", b"")
    assert slots.count() == 0
