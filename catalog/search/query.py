"""What can be asked of the live providers; whatever answers it (index.py) is asked the same."""

from dataclasses import dataclass
from typing import NamedTuple

from catalog.models.choices import Lifecycle
from catalog.models.index import TagKind

# Parameter -> the kind of tags that it names; a provider must have every one that is asked for.
TAG_KINDS = {"feature": TagKind.FEATURE, "ssg_engine": TagKind.ENGINE, "target_market": TagKind.MARKET}
COLUMN_FACETS = ("provider_type", "complexity", "lifecycle")
FACETS = (*COLUMN_FACETS, *TAG_KINDS)
RELEVANCE, KEY, NAME, MONTHLY_COST, UPDATED = ORDERS = ("relevance", "key", "name", "monthly_cost", "updated")
LIFECYCLES = tuple(state for state in Lifecycle.values if state != Lifecycle.REMOVED)
MAX_WORDS = 8
MAX_FACET_VALUES = 100
# Its kind and its name.
TagName = tuple[str, str]


class Position(NamedTuple):
    """Where a page ended: the value that the order goes by, and the key. `value` is None for what has no cost."""

    value: int | str | None
    key: str


@dataclass(frozen=True, slots=True)
class Filters:
    """What is found: everything that was given must hold. `text` is as somebody typed it."""

    text: str = ""
    provider_type: str = ""
    complexity: str = ""
    lifecycle: str = ""
    max_cost: int | None = None
    tags: tuple[TagName, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """What is found, counted by which facets, in which order, and which page of it.

    Without a text everything is equally relevant: then that is the order of keys. What has no cost comes last in the
    order of costs, whether it descends or not. `after` is the end of the page before.
    """

    filters: Filters = Filters()
    facets: tuple[str, ...] = ()
    order: str = RELEVANCE
    is_descending: bool = False
    limit: int = 50
    after: Position | None = None
