"""What a search may read includes the documents of its page, however large they are."""

import math
from typing import Any

import pytest

from indexer.asked import Search
from indexer.errors import TooBroadError
from indexer.query import Reader
from indexer.state import read_state
from indexer.table import Table
from indexer.tree import Tree
from indexer.upkeep import keep_up
from tests.factories import provider_document, publish, save

pytestmark = pytest.mark.django_db


class MeasuringClient:
    """Tells of documents what DynamoDB would: a unit for each 4 KB of an item. The emulator knows no sizes."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.asked: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def batch_get_item(self, **request: Any) -> Any:
        answer = self._inner.batch_get_item(**request)
        items = [item for found in answer["Responses"].values() for item in found]
        self.asked.append(len(items))
        units = sum(math.ceil(len(repr(item)) / 4096) for item in items)
        return {**answer, "ConsumedCapacity": [{"CapacityUnits": units}]}


def read_page(table: Table, allowed: int) -> tuple[Table, MeasuringClient, list[str] | None]:
    """The documents of a page; None if it is refused."""
    client = MeasuringClient(table.client)
    measured = Table(client, table.name)  # type: ignore[arg-type]
    state = read_state(table)
    assert state is not None
    reader = Reader(measured, state, allowed, lambda _key, make: make())
    found = reader.find(Search())
    measured.units.update(read=0.0)
    try:
        return measured, client, reader.bodies(found.providers)
    except TooBroadError:
        return measured, client, None


@pytest.fixture
def large(table: Table, tree: Tree) -> Table:
    """Ten documents of some 25 units each."""
    for number in range(10):
        schema = {"type": "object", "description": "y" * 100_000}
        save("provider", provider_document(f"p{number}", config_schema=schema))
    publish()
    keep_up(table, tree)
    return table


def test_page_of_large_documents_is_given_up_after_the_one_that_is_too_much(large: Table) -> None:
    measured, client, bodies = read_page(large, 60)

    assert bodies is None
    assert client.asked == [1, 1, 1]
    assert measured.units["read"] < 60 + 30


def test_page_of_large_documents_is_read_at_once_if_it_may_be(large: Table) -> None:
    _, client, bodies = read_page(large, 1000)

    assert (client.asked, len(bodies or [])) == ([10], 10)


def test_document_in_parts_is_given_up_before_they_are_read(large: Table) -> None:
    keys = [f"providers/cms/p{number}" for number in range(10)]
    state = read_state(large)
    assert state is not None
    client = MeasuringClient(large.client)
    reader = Reader(Table(client, large.name), state, 200, lambda _key, make: make())  # type: ignore[arg-type]

    with pytest.raises(TooBroadError):
        reader._joined(keys[0], 1, {"raw_parts": 4})
    assert client.asked == []
