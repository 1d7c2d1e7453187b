"""A table of its own, and the published tree that it is filled from."""

from collections.abc import Iterator

import pytest

from catalog.publishing.stores.configured import open_store
from indexer.table import Table
from indexer.tree import Tree
from tests.indexer.tables import emulated, make_table, tree_of


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    with emulated(monkeypatch):
        yield make_table()


@pytest.fixture
def tree() -> Tree:
    return tree_of(open_store())
