"""What one change costs: requests to the store, and queries to the database, do not grow with the catalogue."""

import math
import re
import threading
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.publishing import lease
from catalog.publishing.stores.base import Store
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.bench.catalogue import make_catalogue
from tests.catalog.publishing.histories import REMOVED
from tests.factories import SANITY, builder_document, publish, save
from tests.stores import CountingStore, WrappedStore, verify

pytestmark = pytest.mark.django_db
MOST_QUERIES = 76
PATIENCE_SECONDS = 10


@pytest.fixture(autouse=True)
def _no_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    """A query a second: how many there are would depend on how busy the machine is."""
    monkeypatch.setattr(lease, "BEAT_SECONDS", math.inf)


def save_catalogue(size: int) -> None:
    save("provider", SANITY)
    save("builder", builder_document("hugo"))
    make_catalogue(size, prefix="cms")


def change_and_publish(store: FileSystemStore, cost: int) -> tuple[CountingStore, int]:
    """The requests of one change, and its number of queries."""
    save("provider", {**SANITY, "monthly_cost_range": [cost, cost]})
    watched = CountingStore(store)
    with CaptureQueriesContext(connection) as queries:
        publish(watched)
    return watched, len(queries)


def test_one_change_among_many_is_cheap(folder_store: FileSystemStore) -> None:
    save_catalogue(300)
    publish(folder_store)

    watched, _ = change_and_publish(folder_store, 1)

    assert watched.counts() == Counter(get=5, put_if_absent=4, put_if_match=3)
    assert len(watched.requests) <= 16
    assert verify(folder_store).documents == 302


def test_one_change_needs_as_many_queries_among_many_as_among_few(folder_store: FileSystemStore) -> None:
    save_catalogue(3)
    publish(folder_store)
    _, few = change_and_publish(folder_store, 1)
    make_catalogue(60, prefix="more")
    publish(folder_store)

    _, many = change_and_publish(folder_store, 2)

    assert many == few


def test_one_change_makes_few_queries(folder_store: FileSystemStore) -> None:
    save_catalogue(3)
    publish(folder_store)

    _, queries = change_and_publish(folder_store, 1)

    assert queries <= MOST_QUERIES


class MeetingStore(WrappedStore):
    """Answers each of some requests only when all of them are asked for; by then nobody can have waited for another."""

    def __init__(self, inner: Store, *together: str) -> None:
        super().__init__(inner)
        self.met: list[str] = []
        self._together, self._barrier = together, threading.Barrier(len(together))

    def before(self, request: str, path: str) -> None:
        name = f"{request} {path}"
        if name.startswith(self._together):
            self._barrier.wait(PATIENCE_SECONDS)
            self.met.append(name)


@pytest.mark.parametrize(
    "together",
    [
        ("get current.json", "get snapshots/"),
        (
            *("put_if_absent objects/", "put_if_absent index/", "put_if_absent bundles/", "put_if_absent snapshots/"),
            *("get keys.json", "get providers/cms/sanity.json", "get manifest.json"),
        ),
    ],
)
def test_requests_that_need_nothing_of_each_other_do_not_wait(
    folder_store: FileSystemStore, together: tuple[str, ...]
) -> None:
    save_catalogue(3)
    publish(folder_store)
    save("provider", {**SANITY, "monthly_cost_range": [1, 1]})
    store = MeetingStore(folder_store, *together)

    assert publish(store).state == "live"
    assert len(store.met) == len(together)


def test_one_change_reads_the_catalogue_once(folder_store: FileSystemStore) -> None:
    """Every name of it, for the manifest: the checks need none of them for what names nothing."""
    save_catalogue(3)
    publish(folder_store)
    save("provider", {**SANITY, "monthly_cost_range": [1, 1]})

    with CaptureQueriesContext(connection) as queries:
        publish(folder_store)

    names = re.compile(r'^SELECT "catalog_provider"."key" AS "key", "catalog_revision"."category"')
    assert sum(bool(names.match(query["sql"])) for query in queries) == 1


def searches_of_a_publish(store: FileSystemStore) -> int:
    """How often the text of live documents is searched."""
    with CaptureQueriesContext(connection) as queries:
        assert publish(store).state == "live"
    return sum(bool(re.search(r'"canonical"(::text)? LIKE', query["sql"])) for query in queries)


def test_documents_are_searched_only_for_names_that_come_or_go(folder_store: FileSystemStore) -> None:
    save_catalogue(3)
    publish(folder_store)

    save("provider", {**SANITY, "display_name": "Other"})
    changed = searches_of_a_publish(folder_store)
    save("provider", {**SANITY, "aliases": ["providers/cms/sanity_io"]})
    aliased = searches_of_a_publish(folder_store)
    save("provider", {**SANITY, "provider_name": "decap"})
    added = searches_of_a_publish(folder_store)

    assert (changed, aliased > 0, added > 0) == (0, True, True)


def remove_and_publish(store: FileSystemStore, numbers: range) -> int:
    """The number of queries of a publish that removes these."""
    for number in numbers:
        save("provider", {**SANITY, "provider_name": f"cms-{number}", "lifecycle": REMOVED})
    with CaptureQueriesContext(connection) as queries:
        assert publish(store).state == "live"
    return len(queries)


def test_removing_many_needs_as_many_queries_as_removing_one(folder_store: FileSystemStore) -> None:
    """Each could be named by anything that is live, which is not searched for each of them."""
    save_catalogue(40)
    publish(folder_store)

    one, many = (remove_and_publish(folder_store, numbers) for numbers in (range(1), range(1, 31)))

    assert many == one
    assert verify(folder_store).problems == []


def test_first_publish_asks_for_no_list(folder_store: FileSystemStore) -> None:
    save_catalogue(40)
    watched = CountingStore(folder_store)

    publish(watched)

    counts = watched.counts()
    assert (counts["list"], counts["delete"]) == (0, 0)
    # current.json and keys.json are looked for; then each document is an object and a copy, which nobody reads before.
    assert counts["get"] == 2
    assert counts["put_if_absent"] == 42 * 2 + 2 * 2 + 9 + len(["snapshot", "pointer", "keys", "manifest", "fallback"])
