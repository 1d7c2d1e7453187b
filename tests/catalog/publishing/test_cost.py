"""What one change costs: requests to the store, and queries to the database, do not grow with the catalogue."""

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.publishing.stores.filesystem import FileSystemStore
from tests.factories import SANITY, builder_document, provider_document, publish, save
from tests.stores import CountingStore, verify

pytestmark = pytest.mark.django_db


def save_catalogue(size: int) -> None:
    save("provider", SANITY)
    save("builder", builder_document("hugo"))
    for number in range(size):
        save("provider", provider_document(f"cms-{number}"))


def change_and_publish(store: FileSystemStore, cost: int) -> tuple[CountingStore, int]:
    """The requests of one change, and its number of queries."""
    save("provider", {**SANITY, "monthly_cost_range": [cost, cost]})
    watched = CountingStore(store)
    with CaptureQueriesContext(
        connection,
    ) as queries:
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
    for number in range(3, 60):
        save("provider", provider_document(f"cms-{number}"))
    publish(folder_store)

    _, many = change_and_publish(folder_store, 2)

    assert many == few


def test_first_publish_asks_for_no_list(folder_store: FileSystemStore) -> None:
    save_catalogue(40)
    watched = CountingStore(folder_store)

    publish(watched)

    counts = watched.counts()
    assert (counts["list"], counts["delete"]) == (0, 0)
    # current.json and keys.json are looked for; then each document is an object and a copy, which nobody reads before.
    assert counts["get"] == 2
    assert counts["put_if_absent"] == 42 * 2 + 2 * 2 + 9 + len(["snapshot", "pointer", "keys", "manifest", "fallback"])
