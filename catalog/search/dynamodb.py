"""The search index in DynamoDB: filled from the published tree by `indexer`, and a publish behind it for a moment.

Finds the same as the database by everything but words, of which it knows none.
"""

import logging
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings

from catalog.models import Snapshot
from catalog.models.snapshots import SnapshotState
from catalog.search.facets import Facets, most_frequent
from catalog.search.index import (
    Edition,
    FacetValue,
    Page,
    SearchTooBroadError,
    SearchUnavailableError,
    SearchUnsupportedError,
)
from catalog.search.memory import Memory
from catalog.search.query import RELEVANCE, TAG_KINDS, Filters, Position, Query
from indexer import asked
from indexer.clients import BRISK, new_client
from indexer.errors import IndexerError, NoIndexError, TooBroadError
from indexer.items import COMPLEXITY, LAYOUT, LIFECYCLE, TYPE
from indexer.query import Reader
from indexer.state import State, read_state
from indexer.table import Table

logger = logging.getLogger(__name__)
# A search by a common value remembers thousands of rows.
memory = Memory(most=32)
KINDS = {"provider_type": TYPE, "complexity": COMPLEXITY, "lifecycle": LIFECYCLE, **TAG_KINDS}
NO_WORDS = "This registry finds no words; leave q out, and filter by the other parameters."
NOT_READY = "The search index cannot be asked just now; try again in a while."


class DynamoIndex:
    """For one search: asks for what is indexed once, and then for that."""

    def __init__(self) -> None:
        self._state: State | None = None

    def edition(self) -> Edition:
        """One request. Nothing before the first publish; SearchUnavailableError if what is live is not indexed."""
        with _told():
            self._state = read_state(open_search_table())
            if self._state is None or self._state.layout != LAYOUT:
                if Snapshot.objects.filter(state=SnapshotState.LIVE).exists():
                    raise NoIndexError("Nothing is indexed yet, or by another release: rebuild the index.")
                self._state = None
        if self._state is None:
            return Edition()
        published_at = datetime.fromisoformat(self._state.published_at)
        return Edition(self._state.serial, self._state.sha256, published_at)

    def search(self, query: Query, *, version: str) -> Page:
        """A page of what `edition` told; `version` is its digest."""
        if query.filters.text:
            raise SearchUnsupportedError("q", NO_WORDS)
        if self._state is None:
            self.edition()
        if self._state is None:
            return Page(facets={facet: [] for facet in query.facets}, units=0.0)
        with _told():
            return _search(query, self._state)


@cache
def open_search_table() -> Table:
    """Raises TableError if boto3 is not configured; no network."""
    return Table(new_client("dynamodb", BRISK), settings.REGISTRY_SEARCH_TABLE)


def _search(query: Query, state: State) -> Page:
    shared = open_search_table()
    # Of its own, so that its units are those of this search.
    table = Table(shared.client, shared.name)
    reader = Reader(table, state, settings.REGISTRY_SEARCH_CAPACITY, _remember(f"{state.generation} {state.sha256}"))
    found = reader.find(_asked(query))
    bodies = reader.bodies(found.providers)
    units = table.units["read"]
    logger.info("search of serial %s: %.1f capacity units, %s found, %s", state.serial, units, found.count, query)
    after = Position(*found.next) if found.next else None
    return Page(bodies, found.count, _facets(query, found), after, state.sha256, units)


def _remember(version: str) -> Callable[[Hashable, Callable[[], Any]], Any]:
    return lambda key, make: memory.get(version, key, make)


def _asked(query: Query) -> asked.Search:
    return asked.Search(
        conditions=_conditions(query.filters),
        facets=tuple(KINDS[facet] for facet in query.facets),
        order=asked.BY_KEY if query.order == RELEVANCE else query.order,
        is_descending=query.is_descending,
        limit=query.limit,
        after=asked.Position(*query.after) if query.after else None,
    )


def _conditions(filters: Filters) -> asked.Conditions:
    return asked.Conditions(
        filters.provider_type, filters.complexity, filters.lifecycle, filters.max_cost, tuple(filters.tags)
    )


def _facets(query: Query, found: asked.Found) -> Facets:
    counts = {facet: found.facets[KINDS[facet]] for facet in query.facets}
    return {
        facet: most_frequent(FacetValue(value, count) for value, count in values.items() if count)
        for facet, values in counts.items()
    }


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong with the table is the operator's business: the log has it."""
    try:
        yield
    except TooBroadError as error:
        raise SearchTooBroadError(f"{error} Filter by something that fewer have.") from error
    except IndexerError as error:
        logger.error("search: %s", error)  # noqa: TRY400 - the message says it all
        raise SearchUnavailableError(NOT_READY) from error
