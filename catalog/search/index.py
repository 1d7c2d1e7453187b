"""What a search index is: anything that answers a query about the live providers."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from catalog.search.query import Position, Query


class SearchError(Exception):
    """No answer; the message is for who has asked."""


class SearchUnsupportedError(SearchError):
    """The index cannot find anything by `parameter`."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


class SearchTooBroadError(SearchError):
    """It would cost more than one search may."""


class SearchUnavailableError(SearchError):
    """The index does not answer, or is not filled yet."""


class Edition(NamedTuple):
    """The snapshot that an index has; no serial, digest and time for none."""

    serial: int | None = None
    sha256: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FacetValue:
    """How many of all that was found have this value."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Page:
    """`bodies` are documents as the API answers them; `count` is of all pages; `next` is None on the last one.

    `facets` has the most frequent values of each facet that was asked for, the most frequent first. `version` is the
    digest of the snapshot that the page is of, None if nothing was found. `units` is what it cost where that is
    counted.
    """

    bodies: list[str] = field(default_factory=list)
    count: int = 0
    facets: dict[str, list[FacetValue]] = field(default_factory=dict)
    next: Position | None = None
    version: str | None = None
    units: float | None = None


class SearchIndex(Protocol):
    """Answers queries about what is live. Made for one search; every method may raise SearchError."""

    def edition(self) -> Edition | None:
        """What it answers from; None if that is what is live in the database."""

    def search(self, query: Query, *, version: str) -> Page:
        """One page. `version` is the digest of the snapshot; what was computed for it may be remembered."""
