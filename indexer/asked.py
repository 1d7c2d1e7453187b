"""What can be asked of the index, and in which order it is answered; pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from indexer.codec import Item
from indexer.items import COLUMNS, COMPLEXITY, LIFECYCLE, NO_COST, SETS, TYPE, cost_text, key_of_row

BY_KEY, BY_NAME, BY_PRICE, BY_SERIAL = "key", "name", "monthly_cost", "updated"
FIRST, LAST = "!", "\x7f"


class Position(NamedTuple):
    """Where a page ended: the value that the order goes by, None for none, and the key."""

    value: int | str | None
    key: str


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is found: everything that was given must hold. `tags` are (kind, name)."""

    provider_type: str = ""
    complexity: str = ""
    lifecycle: str = ""
    max_cost: int | None = None
    tags: tuple[tuple[str, str], ...] = ()

    def values(self) -> list[tuple[str, str]]:
        given = {TYPE: self.provider_type, COMPLEXITY: self.complexity, LIFECYCLE: self.lifecycle}
        return [*((kind, value) for kind, value in given.items() if value), *self.tags]


@dataclass(frozen=True, slots=True)
class Search:
    """`facets` are kinds of `KINDS`; `after` is the end of the page before."""

    conditions: Conditions = Conditions()
    facets: tuple[str, ...] = ()
    order: str = BY_KEY
    is_descending: bool = False
    limit: int = 50
    after: Position | None = None


class Row(NamedTuple):
    """A provider as it is searched; `values` are (kind, value)."""

    key: str
    serial: int
    name: str
    cost: int | None
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A page: (key, serial) of its providers in order; `facets`: kind -> value -> how many of `count`."""

    providers: list[tuple[str, int]] = field(default_factory=list)
    count: int = 0
    facets: dict[str, Counter[str]] = field(default_factory=dict)
    next: Position | None = None


class Segment(NamedTuple):
    """A part of a partition, in one direction; both ends are names that no item has."""

    low: str = FIRST
    high: str = LAST


def can_be_walked(search: Search, values: Sequence[tuple[str, str]]) -> bool:
    """Whether a page can be read by itself: its order is one of the table's, and count and facets are known."""
    is_costly = search.conditions.max_cost is not None
    if search.order not in (BY_KEY, BY_PRICE) or len(values) + is_costly > 1:
        return False
    if search.facets and (values or is_costly):
        return False
    return search.order == BY_PRICE or not is_costly


def segments(search: Search) -> Iterator[Segment]:
    """What is left of the partition after `search.after`, in order: what has no cost comes last in both directions."""
    if search.order == BY_KEY:
        whole = [Segment()]
    elif search.conditions.max_cost is not None:
        whole = [Segment(high=cost_text(search.conditions.max_cost + 1))]
    else:
        whole = [Segment(high=NO_COST), Segment(low=NO_COST)]
    for segment in whole:
        left = _rest(segment, search) if search.after else segment
        if left.low <= left.high:
            yield left


def _rest(segment: Segment, search: Search) -> Segment:
    """Beyond a position: `:` comes after, and nothing before, the digits of every serial."""
    value, key = search.after or Position(None, "")
    cost = value if isinstance(value, int) else None
    at = f"{key}#" if search.order == BY_KEY else f"{cost_text(cost)}#{key}#"
    if search.order == BY_PRICE and cost is None and segment.high == NO_COST:
        # All that has a cost came before.
        return Segment(LAST, FIRST)
    if not search.is_descending:
        return Segment(max(segment.low, f"{at}:"), segment.high)
    if search.order == BY_PRICE and cost is not None and segment.low == NO_COST:
        return segment
    return Segment(segment.low, min(segment.high, at))


def row_of(item: Item) -> Row:
    values = [(kind, item[kind]) for kind in COLUMNS if kind in item]
    values += [(kind, tag) for kind, name in SETS.items() for tag in sorted(item.get(name, ()))]
    return Row(key_of_row(item), item["serial"], item["name"], item.get("monthly_cost_min"), tuple(values))


def count_values(rows: Sequence[Row], kind: str) -> Counter[str]:
    return Counter(value for row in rows for each, value in row.values if each == kind)


def sort_rows(rows: Sequence[Row], search: Search) -> list[Row]:
    """What comes after `search.after`, in order: what has no value comes last in both directions."""
    left = [row for row in rows if _is_after(row, search)] if search.after else list(rows)
    valued = [row for row in left if _value(row, search.order) is not None]
    others = [row for row in left if _value(row, search.order) is None]
    valued.sort(key=lambda row: (_value(row, search.order), row.key), reverse=search.is_descending)
    others.sort(key=lambda row: row.key, reverse=search.is_descending)
    return [*valued, *others]


def _is_after(row: Row, search: Search) -> bool:
    value, (end, key) = _value(row, search.order), search.after or Position(None, "")
    if (value is None) != (end is None):
        return value is None
    mine, its = ((value, row.key), (end, key)) if value is not None else (("", row.key), ("", key))
    is_less: bool = mine < its
    return is_less if search.is_descending else mine != its and not is_less


def _value(row: Row, order: str) -> int | str | None:
    return {BY_NAME: row.name, BY_PRICE: row.cost, BY_SERIAL: row.serial}.get(order)


def page_of(search: Search, rows: list[Row], count: int, facets: dict[str, Counter[str]]) -> Found:
    page = rows[: search.limit]
    last = page[-1] if len(rows) > search.limit else None
    after = Position(_value(last, search.order), last.key) if last else None
    return Found([(row.key, row.serial) for row in page], count, facets, after)
