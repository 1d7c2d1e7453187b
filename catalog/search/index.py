"""What a search index is: anything that answers a query about the live providers."""

from dataclasses import dataclass, field
from typing import Protocol

from catalog.search.query import Position, Query


@dataclass(frozen=True, slots=True)
class FacetValue:
    """How many of all that was found have this value."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Page:
    """`bodies` are documents as the API answers them; `count` is of all pages; `next` is None on the last one.

    `facets` has the most frequent values of each facet that was asked for, the most frequent first. `version` is the
    digest of the snapshot that the page is of, None if nothing was found.
    """

    bodies: list[str] = field(default_factory=list)
    count: int = 0
    facets: dict[str, list[FacetValue]] = field(default_factory=dict)
    next: Position | None = None
    version: str | None = None


class SearchIndex(Protocol):
    """Answers queries about what is live, brought up to date by the publisher."""

    def search(self, query: Query, *, version: str) -> Page:
        """One page. `version` is the digest of the live snapshot; what was computed for it may be remembered."""
