"""Reads are counted per consumer, entry and day: in memory, without a write for a read, from many threads."""

import logging
import threading
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from catalog.api.read import counting
from catalog.api.read.counting import Read, ReadCounter, save_counts
from catalog.models import ReadCount
from catalog.usage import Use, forget_users, register_users
from tests.catalog.api.access.people import bearer, person, signed_in, token_of
from tests.catalog.api.read.registry import API, get

TODAY = date(2030, 1, 2)
SANITY = Read("providers/cms/sanity", "anonymous", TODAY)


@pytest.fixture
def counted(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> ReadCounter:
    """A counter that nobody has used yet, and that never saves by itself."""
    settings.REGISTRY_COUNTS_READS = True
    counter = ReadCounter(save_counts, delay=timedelta(days=1))
    monkeypatch.setattr(counting, "counter", counter)
    return counter


def rows() -> list[tuple[str, str, int]]:
    return list(ReadCount.objects.order_by("object_name", "consumer").values_list("object_name", "consumer", "count"))


@pytest.mark.usefixtures("registry")
def test_reads_are_counted_by_consumer_without_a_write(
    counted: ReadCounter, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    viewer = person("Viewer")
    text = token_of(viewer)
    token_id = text.split("_")[1]
    etag = get("/providers/sanity").headers["ETag"]
    with django_assert_num_queries(1):
        get("/providers/cms/sanity", If_None_Match=etag)
    Client().get(f"{API}/providers/sanity", **bearer(text))
    get("/providers/sanity?state=draft", signed_in(viewer))
    get("/providers")
    for refused in ("/providers/none", "/providers/tina", "/providers/sanity?x=1", "/providers?limit=0"):
        get(refused)
    assert rows() == []

    saved = counted.flush()

    assert saved == 5
    assert rows() == [
        ("providers", "anonymous", 1),
        ("providers/cms/sanity", "anonymous", 2),
        ("providers/cms/sanity", f"person:{viewer.pk}", 1),
        ("providers/cms/sanity", f"token:{token_id}", 1),
    ]
    get("/providers/sanity")
    assert (counted.flush(), counted.flush()) == (1, 0)
    assert rows()[1] == ("providers/cms/sanity", "anonymous", 3)


@pytest.mark.usefixtures("registry", "counted")
def test_usage_of_an_entry_is_for_those_inside() -> None:
    viewer = person("Viewer")
    text = token_of(viewer, name="CI")
    for _ in range(3):
        Client().get(f"{API}/providers/sanity", **bearer(text))
    get("/providers/sanity")

    def find(key: str) -> list[Use]:
        return [Use("service", "shop", "/services/1")] if key == "providers/cms/sanity" else []

    register_users(find)
    try:
        answer = get("/providers/sanity/usage?days=1", signed_in(viewer))
    finally:
        forget_users(find)

    body = answer.json()
    token_id = text.split("_")[1]
    today = body["since"]
    assert body["consumers"] == [
        {"consumer": f"token:{token_id}", "name": "CI", "reads": 3, "last_read_on": today},
        {"consumer": "anonymous", "name": None, "reads": 1, "last_read_on": today},
    ]
    assert (body["key"], body["reads"]) == ("providers/cms/sanity", 4)
    assert body["users"] == [{"kind": "service", "name": "shop", "address": "/services/1"}]
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert get("/providers/sanity/usage").status_code == 401
    assert (
        Client().get(f"{API}/providers/sanity/usage", **bearer(token_of(person("Editor"), "entries:write"))).status_code
        == 403
    )
    for path, status in (("none", 404), ("tina", 410), ("decap", 409), ("shopify_basic", 308)):
        assert get(f"/providers/{path}/usage", signed_in(viewer)).status_code == status
    for query in ("days=0", "days=367", "days=x", "since=1"):
        assert get(f"/providers/sanity/usage?{query}", signed_in(viewer)).status_code == 400
    assert get("/builders/hugo/usage", signed_in(viewer)).json()["consumers"] == []
    assert get("/stacks/marketing/usage", signed_in(viewer)).status_code == 200


@pytest.fixture
def saved() -> list[Mapping[Read, int]]:
    return []


@pytest.fixture
def _no_connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Saving threads of these tests touch no database."""
    monkeypatch.setattr(counting, "connection", type("Closed", (), {"close": staticmethod(lambda: None)}))
    yield
    for thread in threading.enumerate():
        if thread.name == "read-counts":
            thread.join(10)


@pytest.mark.usefixtures("_no_connection")
def test_no_read_is_lost_between_threads(saved: list[Mapping[Read, int]]) -> None:
    counter = ReadCounter(saved.append, delay=timedelta(0))

    def read() -> None:
        for _ in range(500):
            counter.add(SANITY)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counter.flush()

    assert sum(counts[SANITY] for counts in saved) == 4000


@pytest.mark.usefixtures("_no_connection")
def test_many_different_reads_are_saved_by_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MANY", 3)
    done, counter_saved = threading.Event(), []

    def save(counts: Mapping[Read, int]) -> None:
        counter_saved.append((threading.current_thread().name, dict(counts)))
        done.set()

    counter = ReadCounter(save, delay=timedelta(days=1))
    for name in ("a", "b", "c"):
        assert not done.is_set()
        counter.add(Read(name, "anonymous", TODAY))

    assert done.wait(10)
    assert counter_saved == [("read-counts", {Read(name, "anonymous", TODAY): 1 for name in ("a", "b", "c")})]


def test_what_cannot_be_saved_is_kept_and_not_more_than_memory_holds(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(counting, "TOO_MANY", 2)
    broken, saved = [True], []

    def save(counts: Mapping[Read, int]) -> None:
        if broken:
            raise OSError("the database is away")
        saved.append(dict(counts))

    counter = ReadCounter(save, delay=timedelta(days=1))
    for name in ("a", "b", "c", "a"):
        counter.add(Read(name, "anonymous", TODAY))
    with caplog.at_level(logging.WARNING):
        assert counter.flush() == 0
    broken.clear()

    assert counter.flush() == 3
    assert saved == [{Read("a", "anonymous", TODAY): 2, Read("b", "anonymous", TODAY): 1}]
    assert "reads could not be counted" in caplog.text


@pytest.mark.usefixtures("registry")
def test_nothing_is_counted_where_that_is_turned_off(counted: ReadCounter, settings: Settings) -> None:
    settings.REGISTRY_COUNTS_READS = False
    get("/providers/sanity")

    assert counted.flush() == 0
