"""Searches, answered by key conditions alone: one partition is read, that of the rarest value, or a range of its costs.

All that is found is read once for a version and remembered; a page in the order of keys or costs that needs neither to
be counted nor sorted is read by itself. Whatever the search, it reads no more than `allowed` capacity units.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from indexer.codec import Item, pack
from indexer.counts import Counts, read_counts
from indexer.errors import NoIndexError, TooBroadError
from indexer.items import (
    ALL,
    COLUMNS,
    COMPLEXITY,
    COST,
    KINDS,
    LIFECYCLE,
    NO_COST,
    SETS,
    TYPE,
    cost_text,
    join_raw,
    key_of_row,
    part_keys,
    partition,
    version_sk,
)
from indexer.state import State
from indexer.table import BY_COST, Table

Value = TypeVar("Value")
# (what for, how to make it) -> the value, made or remembered.
Remember = Callable[[Any, Callable[[], Any]], Any]
BY_KEY, BY_NAME, BY_PRICE, BY_SERIAL = "key", "name", "monthly_cost", "updated"
FIRST, LAST = "!", "\x7f"
UNIT_BYTES = 4096
# Read beyond a page, for rows of versions that are seen no more.
SLACK = 8


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


@dataclass(slots=True)
class Reader:
    """Searches at one serial. `table` is for one search, so that its units are those of it."""

    table: Table
    state: State
    allowed: int
    remember: Remember

    def find(self, search: Search) -> Found:
        """Raises TooBroadError, TableError, NoIndexError."""
        counts = self._counts()
        conditions, values = search.conditions, search.conditions.values()
        if any(counts.of(*value) == 0 for value in values) or counts.total == 0:
            return Found(facets={kind: Counter() for kind in search.facets})
        if _can_be_walked(search, values):
            found = self._walk(search, values[0] if values else (ALL, ""))
            count = self._count(conditions, values, counts)
            return _page(search, found, count, {kind: counts.kinds.get(kind, Counter()) for kind in search.facets})
        rows = self.remember(("rows", conditions), lambda: self._collect(conditions, values, counts))
        facets = {kind: _counted(rows, kind) for kind in search.facets}
        return _page(search, _sorted(rows, search), len(rows), facets)

    def bodies(self, providers: Sequence[tuple[str, int]]) -> list[str]:
        """The documents of a page, as the API answers them."""
        keys = [self._item_key(key, serial) for key, serial in providers]
        items = {str(item["pk"]).removesuffix(".json"): item for item in self.table.get_all(keys)}
        if len(items) != len(providers):
            raise NoIndexError("Items of the index are missing: rebuild it.")
        return [items[key].get("raw_data") or self._joined(key, serial, items[key]) for key, serial in providers]

    def _counts(self) -> Counts:
        counts = self.remember("counts", lambda: read_counts(self.table, self.state.generation, self.state.serial))
        if not isinstance(counts, Counts):
            raise NoIndexError("The counts of the index are missing: rebuild it.")
        return counts

    def _count(self, conditions: Conditions, values: list[tuple[str, str]], counts: Counts) -> int:
        if conditions.max_cost is not None:
            return counts.at_most(conditions.max_cost)
        return counts.of(*values[0]) if values else counts.total

    def _collect(self, conditions: Conditions, values: list[tuple[str, str]], counts: Counts) -> list[Row]:
        """All that is found, out of the partition with the fewest rows."""
        kind, value = min(values, key=lambda each: counts.of(*each), default=(ALL, ""))
        rows = counts.of(kind, value)
        if conditions.max_cost is not None:
            rows = min(rows, counts.at_most(conditions.max_cost)) if kind == ALL else 0
        self._check(rows * counts.row_bytes / counts.total / UNIT_BYTES)
        is_ranged = conditions.max_cost is not None
        segment = Segment(high=cost_text((conditions.max_cost or 0) + 1)) if is_ranged else Segment()
        request = self._request(kind, value, segment, conditions, is_by_cost=is_ranged)
        return list(self._rows(request))

    def _walk(self, search: Search, value: tuple[str, str]) -> list[Row]:
        """One page and one more, out of the partition of `value`, in the order that it is in."""
        found: list[Row] = []
        is_by_cost = search.order == BY_PRICE
        for segment in _segments(search):
            request = self._request(*value, segment, search.conditions, is_by_cost=is_by_cost)
            request |= {"ScanIndexForward": not search.is_descending, "Limit": search.limit + SLACK}
            for row in self._rows(request):
                found.append(row)
                if len(found) > search.limit:
                    return found
        return found

    def _request(
        self, kind: str, value: str, segment: Segment, conditions: Conditions, *, is_by_cost: bool
    ) -> dict[str, Any]:
        tests = ["serial <= :at", "(attribute_not_exists(#until) OR #until > :at)"]
        values: Item = {
            ":pk": partition(self.state.generation, kind, value),
            ":low": segment.low,
            ":high": segment.high,
            ":at": self.state.serial,
        }
        for number, (other, wanted) in enumerate(conditions.values()):
            tests.append(f"{other} = :v{number}" if other in COLUMNS else f"contains({SETS[other]}, :v{number})")
            values[f":v{number}"] = wanted
        return {
            "KeyConditionExpression": f"pk = :pk AND {'cost_key' if is_by_cost else 'sk'} BETWEEN :low AND :high",
            "FilterExpression": " AND ".join(tests),
            "ExpressionAttributeNames": {"#until": "until"},
            "ExpressionAttributeValues": pack(values),
            **({"IndexName": BY_COST} if is_by_cost else {}),
        }

    def _rows(self, request: dict[str, Any]) -> Iterator[Row]:
        for page in self.table.pages(**request):
            yield from map(_row, page.items)
            self._check(0)

    def _check(self, more: float) -> None:
        units = self.table.units["read"] + more
        if units > self.allowed:
            raise TooBroadError(units=units, allowed=self.allowed)

    def _item_key(self, key: str, serial: int) -> Item:
        return {"pk": f"{key}.json", "sk": version_sk(self.state.generation, serial)}

    def _joined(self, key: str, serial: int, item: Item) -> str:
        parts = self.table.get_all(part_keys(key, serial, self.state.generation, count=item["raw_parts"]))
        if len(parts) != item["raw_parts"]:
            raise NoIndexError("Parts of a document are missing in the index: rebuild it.")
        return join_raw(parts)


def _can_be_walked(search: Search, values: Sequence[tuple[str, str]]) -> bool:
    """Whether a page can be read by itself: its order is one of the table's, and count and facets are known."""
    is_costly = search.conditions.max_cost is not None
    if search.order not in (BY_KEY, BY_PRICE) or len(values) + is_costly > 1:
        return False
    if search.facets and (values or is_costly):
        return False
    return search.order == BY_PRICE or not is_costly


def _segments(search: Search) -> Iterator[Segment]:
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


def _row(item: Item) -> Row:
    values = [(kind, item[kind]) for kind in COLUMNS if kind in item]
    values += [(kind, tag) for kind, name in SETS.items() for tag in sorted(item.get(name, ()))]
    return Row(key_of_row(item), item["serial"], item["name"], item.get("monthly_cost_min"), tuple(values))


def _counted(rows: Sequence[Row], kind: str) -> Counter[str]:
    return Counter(value for row in rows for each, value in row.values if each == kind)


def _sorted(rows: Sequence[Row], search: Search) -> list[Row]:
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
    is_less: bool = mine < its  # type: ignore[operator]
    return is_less if search.is_descending else mine != its and not is_less


def _value(row: Row, order: str) -> int | str | None:
    return {BY_NAME: row.name, BY_PRICE: row.cost, BY_SERIAL: row.serial}.get(order)


def _page(search: Search, rows: list[Row], count: int, facets: dict[str, Counter[str]]) -> Found:
    page = rows[: search.limit]
    last = page[-1] if len(rows) > search.limit else None
    after = Position(_value(last, search.order), last.key) if last else None
    return Found([(row.key, row.serial) for row in page], count, facets, after)


__all__ = ["COST", "KINDS", "Conditions", "Found", "Position", "Reader", "Search"]
