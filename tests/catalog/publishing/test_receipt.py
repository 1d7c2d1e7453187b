"""The receipt: when readers were first seen to get what was published, and who is told if they do not."""

from datetime import timedelta
from io import StringIO

import httpx
import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import DatabaseError
from pytest_django import Settings

from catalog import checks, tasks
from catalog.models import Snapshot
from catalog.publishing.delivery import confirm_visible
from catalog.publishing.outlet import read_public
from catalog.publishing.status import is_overdue, publishing_warnings
from catalog.publishing.stores.configured import open_store
from tests.catalog.publishing.histories import approve_first_step, request
from tests.clock import NOON, Clock
from tests.factories import SANITY, publish, save

pytestmark = pytest.mark.django_db
URL = "https://registry.test"


def pointer() -> bytes:
    stored = open_store().get("current.json")
    assert stored is not None
    return stored.content


def live() -> Snapshot:
    return Snapshot.objects.get(state="live")


def test_first_sight_is_kept_once(clock: Clock) -> None:
    approve_first_step()
    publish()
    content = pointer()
    clock.now += timedelta(seconds=20)

    assert confirm_visible(lambda path: content if path == "current.json" else None) is True

    clock.now += timedelta(seconds=20)
    assert confirm_visible(lambda path: None) is True
    assert live().cdn_visible_at == NOON + timedelta(seconds=20)


@pytest.mark.parametrize("content", [None, b"", b"garbage", b"{}", b"[]", b'{"payload": "e30"}', b"\xff"])
def test_what_is_no_pointer_is_no_sight(content: bytes | None) -> None:
    approve_first_step()
    publish()

    assert confirm_visible(lambda path: content) is False

    assert live().cdn_visible_at is None


def test_older_serial_is_no_sight() -> None:
    approve_first_step()
    publish()
    older = pointer()
    save("provider", {**SANITY, "display_name": "Other"})
    publish()

    assert confirm_visible(lambda path: older) is False
    assert confirm_visible(lambda path: pointer()) is True


def test_nothing_is_fetched_while_nothing_is_live_or_all_is_seen() -> None:
    fetched: list[str] = []

    def fetch(path: str) -> bytes:
        fetched.append(path)
        return pointer()

    assert confirm_visible(fetch) is False
    approve_first_step()
    publish()
    confirm_visible(fetch)
    confirm_visible(fetch)

    assert fetched == ["current.json"]


def answer_with(monkeypatch: pytest.MonkeyPatch, answer: httpx.Response | Exception) -> list[str]:
    """The public address answers so; the addresses that are asked."""
    asked: list[str] = []

    def get(address: str, *, timeout: float) -> httpx.Response:
        asked.append(address)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(httpx, "get", get)
    return asked


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx.Response(200, content=b"{}"), b"{}"),
        (httpx.Response(500, content=b"{}"), None),
        (httpx.Response(404, content=b"{}"), None),
        (httpx.Response(301, content=b"{}"), None),
        (httpx.Response(200, content=b" " * 100_000), b" " * 100_000),
        (httpx.Response(200, content=b" " * 100_001), None),
        (httpx.ConnectError("Nobody"), None),
        (httpx.ReadTimeout("Slow"), None),
    ],
    ids=range(8),
)
def test_public_address_is_read_or_nothing(
    answer: httpx.Response | Exception, expected: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answer_with(monkeypatch, answer)

    assert read_public("current.json") == expected
    assert asked == [f"{URL}/current.json"]


def test_nothing_is_fetched_without_a_public_address(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REGISTRY_PUBLIC_URL = ""
    asked = answer_with(monkeypatch, httpx.Response(200))

    assert (read_public("current.json"), asked) == (None, [])


@pytest.mark.parametrize("how", ["message", "sweep", "command"])
def test_every_way_to_publish_looks_at_the_public_address(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpx, "get", lambda address, *, timeout: httpx.Response(200, content=pointer()))
    approve_first_step()

    if how == "message":
        tasks.publish_snapshot.delay(request().pk)
    elif how == "sweep":
        request()
        tasks.sweep_publishing.delay()
    else:
        call_command("publish", stdout=StringIO())

    assert live().cdn_visible_at is not None


def test_all_well_is_no_warning(clock: Clock) -> None:
    assert publishing_warnings() == []
    approve_first_step()
    publish()

    assert publishing_warnings() == []


@pytest.mark.parametrize(
    ("minutes", "seen", "public_url", "expected"),
    [
        (5, False, URL, False),
        (5.1, False, URL, True),
        (5.1, True, URL, False),
        (5.1, False, "", False),
    ],
)
def test_readers_that_do_not_see_it_after_five_minutes_are_a_warning(
    minutes: float, seen: bool, public_url: str, expected: bool, clock: Clock, settings: Settings
) -> None:
    settings.REGISTRY_PUBLIC_URL = public_url
    approve_first_step()
    publish()
    if seen:
        confirm_visible(lambda path: pointer())
    clock.now += timedelta(minutes=minutes)

    warning = f"Serial 1 does not show at {public_url} after five minutes."
    assert (is_overdue(live()), publishing_warnings()) == (expected, [warning] if expected else [])


def test_replaced_snapshot_is_never_overdue(clock: Clock) -> None:
    approve_first_step()
    first = publish()
    save("provider", {**SANITY, "display_name": "Other"})
    publish()
    clock.now += timedelta(days=1)
    first.refresh_from_db()

    assert (is_overdue(first), is_overdue(live())) == (False, True)


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(days=3.5), []),
        (
            timedelta(days=3.5, seconds=1),
            ["The pointer expires on 09 January 2030 at 12:00 UTC and was not renewed: is beat running?"],
        ),
        (
            timedelta(days=7),
            ["The pointer expired on 09 January 2030 at 12:00 UTC: readers refuse the registry."],
        ),
    ],
)
def test_pointer_that_is_not_renewed_is_a_warning(age: timedelta, said: list[str], clock: Clock) -> None:
    approve_first_step()
    publish()
    confirm_visible(lambda path: pointer())
    clock.now += age

    assert publishing_warnings() == said


def test_publish_that_is_not_finished_is_a_warning() -> None:
    approve_first_step()
    publish()
    confirm_visible(lambda path: pointer())
    Snapshot.objects.update(state="publishing", failure_reason="The disk is full.")

    assert publishing_warnings() == ["Serial 1 is live for readers, but not finished: The disk is full."]

    Snapshot.objects.update(failure_reason="")
    assert publishing_warnings() == []


def test_warnings_are_system_checks_of_the_database(clock: Clock) -> None:
    approve_first_step()
    publish()
    clock.now += timedelta(days=8)

    found = [message for message in run_checks(databases=["default"]) if message.id == "registry.W030"]

    assert [message.msg.split(" ")[:3] for message in found] == [
        ["The", "pointer", "expired"],
        ["Serial", "1", "does"],
    ]
    assert {message.hint for message in found} == {"See docs/operations.md."}
    assert [message for message in run_checks() if message.id == "registry.W030"] == []


def test_database_without_tables_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> list[str]:
        raise DatabaseError("no such table")

    monkeypatch.setattr(checks, "publishing_warnings", refuse)

    assert checks.check_publishing(None, databases=["default"]) == []
