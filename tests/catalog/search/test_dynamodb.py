"""What DynamoDB finds is what the database finds: filters, counts, facets, orders, pages; but for words."""

import json
import random
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from pytest_django import Settings

from catalog.models import Snapshot
from catalog.search import dynamodb
from catalog.search.database import DatabaseIndex
from catalog.search.dynamodb import DynamoIndex
from catalog.search.index import SearchIndex, SearchTooBroadError, SearchUnavailableError, SearchUnsupportedError
from catalog.search.query import FACETS, ORDERS, Filters, Query
from tests.catalog.search.catalogue import facets, find, in_order, publish_catalogue, random_query
from tests.factories import provider_document, publish, save
from tests.indexer.tables import index_published, search_table  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("search_table")]


def version() -> str:
    return Snapshot.objects.get(state="live").sha256


def key_of(body: str) -> str:
    document = json.loads(body)
    return f"providers/{document['provider_type']}/{document['provider_name']}"


def walk(query: Query, kind: type[SearchIndex]) -> list[Any]:
    """All pages."""
    pages = [kind().search(query, version=version())]
    while pages[-1].next:
        pages.append(kind().search(replace(query, after=pages[-1].next), version=version()))
    return pages


def without_words(query: Query) -> Query:
    return replace(query, filters=replace(query.filters, text=""))


@pytest.mark.parametrize(("size", "rounds"), [(20, 20), pytest.param(120, 400, marks=pytest.mark.slow)])
def test_random_queries_find_what_the_database_finds(size: int, rounds: int) -> None:
    documents, chance = publish_catalogue(size), random.Random(3)
    index_published()
    found_some = 0

    for _ in range(rounds):
        query = without_words(random_query(chance, documents))
        theirs, ours = walk(query, DatabaseIndex), walk(query, DynamoIndex)

        assert [key_of(body) for page in ours for body in page.bodies] == in_order(
            find(documents, query.filters), query
        ), query
        assert [[json.loads(body) for body in page.bodies] for page in ours] == [
            [json.loads(body) for body in page.bodies] for page in theirs
        ], query
        assert [(page.count, page.facets, page.next) for page in ours] == [
            (page.count, page.facets, page.next) for page in theirs
        ], query
        assert ours[0].facets == facets(find(documents, query.filters), query.facets), query
        found_some += bool(ours[0].count)

    assert rounds / 4 < found_some < rounds


def test_one_by_one_everything_is_found_once_in_every_order() -> None:
    publish_catalogue(5)
    index_published()

    for order, is_descending, filters in product(ORDERS, [False, True], [Filters()]):
        query = Query(filters, (), order, is_descending and order != "relevance", limit=1)
        pages = [[key_of(page.bodies[0]) for page in walk(query, kind)] for kind in (DynamoIndex, DatabaseIndex)]
        assert pages[0] == pages[1], query


def test_versions_that_were_replaced_are_found_no_more() -> None:
    documents = publish_catalogue(4)
    index_published()
    for key in documents:
        save("provider", {**documents[key], "key_features": ["anew"], "display_name": "Anew"})
    publish()
    index_published()

    for filters in (Filters(), Filters(tags=(("feature", "anew"),)), Filters(max_cost=10_000)):
        for order in ORDERS:
            query = Query(filters, FACETS, order)
            ours, theirs = walk(query, DynamoIndex), walk(query, DatabaseIndex)
            assert [[json.loads(body) for body in page.bodies] for page in ours] == [
                [json.loads(body) for body in page.bodies] for page in theirs
            ], query
            assert (ours[0].count, ours[0].facets) == (theirs[0].count, theirs[0].facets), query


def test_words_are_refused() -> None:
    save("provider", provider_document())
    publish()
    index_published()

    with pytest.raises(SearchUnsupportedError, match="finds no words") as refused:
        DynamoIndex().search(Query(Filters("decap")), version=version())
    assert refused.value.parameter == "q"


def test_search_that_would_read_too_much_is_refused_before_it_reads(settings: Settings) -> None:
    settings.REGISTRY_SEARCH_CAPACITY = 1
    publish_catalogue(25)
    index_published()
    asked = Query(facets=("feature",), order="name")

    with pytest.raises(SearchTooBroadError, match="Filter by something that fewer have"):
        DynamoIndex().search(asked, version=version())
    dynamodb.memory.get("", "forget", lambda: None)


def test_documents_of_a_page_are_within_what_a_search_may_read(settings: Settings) -> None:
    settings.REGISTRY_SEARCH_CAPACITY = 10
    publish_catalogue(12)
    index_published()

    with pytest.raises(SearchTooBroadError, match="10 are allowed"):
        DynamoIndex().search(Query(limit=12), version=version())
    assert len(DynamoIndex().search(Query(limit=5), version=version()).bodies) == 5


def test_empty_table_is_no_answer_once_something_is_live() -> None:
    assert (DynamoIndex().edition(), DynamoIndex().search(Query(), version="").count) == ((None, "", None), 0)

    save("provider", provider_document())
    publish()

    with pytest.raises(SearchUnavailableError):
        DynamoIndex().edition()
