"""What the database finds is what a look at every document finds: filters, counts, facets, orders, pages."""

import json
import random
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Snapshot
from catalog.search import database
from catalog.search.database import DatabaseIndex
from catalog.search.query import FACETS, ORDERS, Filters, Query
from tests.catalog.search.catalogue import facets, find, in_order, publish_catalogue, random_query

pytestmark = pytest.mark.django_db
ROUNDS = 300


def version() -> str:
    return Snapshot.objects.get(state="live").sha256


def key_of(body: str) -> str:
    document = json.loads(body)
    return f"providers/{document['provider_type']}/{document['provider_name']}"


def walk(query: Query) -> list[Any]:
    """All pages."""
    pages = [DatabaseIndex().search(query, version=version())]
    while pages[-1].next:
        pages.append(DatabaseIndex().search(replace(query, after=pages[-1].next), version=version()))
    return pages


def test_random_queries_find_what_brute_force_finds() -> None:
    documents, chance = publish_catalogue(90), random.Random(3)
    found_some = 0

    for _ in range(ROUNDS):
        query = random_query(chance, documents)
        found = find(documents, query.filters)
        pages = walk(query)

        assert [key_of(body) for page in pages for body in page.bodies] == in_order(found, query), query
        assert {page.count for page in pages} == {len(found)}, query
        assert all(len(page.bodies) == query.limit for page in pages[:-1]), query
        assert pages[0].facets == facets(found, query.facets), query
        found_some += bool(found)

    assert ROUNDS / 3 < found_some < ROUNDS


def test_one_by_one_everything_is_found_once_in_every_order() -> None:
    documents = publish_catalogue(12)
    found = find(documents, Filters("a"))

    for order, is_descending in product(ORDERS, [False, True]):
        query = Query(Filters("a"), (), order, is_descending and order != "relevance", limit=1)
        assert [key_of(body) for page in walk(query) for body in page.bodies] == in_order(found, query), query
    assert len(found) > 6


@pytest.mark.parametrize("rare", [0, 1_000_000])
def test_answers_do_not_depend_on_how_the_rows_are_come_at(rare: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.search.matching.RARE", rare)
    documents, chance = publish_catalogue(40), random.Random(4)

    for _ in range(80):
        query = replace(random_query(chance, documents), limit=50)
        pages = walk(query)
        assert [key_of(body) for body in pages[0].bodies] == in_order(find(documents, query.filters), query), query


def test_number_of_queries_is_the_same_however_much_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    costs = []
    query = Query(Filters("a", "", "", "active", 1000, (("feature", "drafts"), ("engine", "hugo"))), FACETS)
    for first, size in ((0, 4), (100, 80)):
        publish_catalogue(size, first=first)
        database.memory.get("", "forget", lambda: None)
        with CaptureQueriesContext(connection) as cold:
            DatabaseIndex().search(query, version=version())
        with CaptureQueriesContext(connection) as warm:
            DatabaseIndex().search(query, version=version())
        costs.append((len(cold) - 1, len(warm) - 1))

    # Positions and bodies; when nothing is remembered words, tags, count, three columns, all tags and their names too.
    assert costs == [(10, 2), (10, 2)]


def test_page_says_of_which_snapshot_it_is() -> None:
    publish_catalogue(4)

    assert DatabaseIndex().search(Query(), version="an older one").version == version()
    assert DatabaseIndex().search(Query(Filters(max_cost=0, lifecycle="disabled")), version="x").bodies == []
