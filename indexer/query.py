"""Searches, answered by key conditions alone: one partition is read, that of the rarest value, or a range of its costs.

All that is found is read once for a version and remembered; a page in the order of keys or costs that needs neither to
be counted nor sorted is read by itself. Whatever the search, it reads no more than `allowed` capacity units,
or the one document more that shows it: how large one is, only reading it tells.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from indexer.asked import (
    BY_PRICE,
    Conditions,
    Found,
    Row,
    Search,
    Segment,
    can_be_walked,
    count_values,
    page_of,
    row_of,
    segments,
    sort_rows,
)
from indexer.codec import MAX_PART_BYTES, Item, pack
from indexer.counts import Counts, read_counts
from indexer.errors import NoIndexError, TooBroadError
from indexer.items import ALL, COLUMNS, SETS, cost_text, join_raw, part_keys, partition, version_sk
from indexer.state import State
from indexer.table import BY_COST, Table

# (what for, how to make it) -> the value, made or remembered.
Remember = Callable[[Any, Callable[[], Any]], Any]
UNIT_BYTES = 4096
# What the largest item takes, and how much of a document is in one of its parts.
MAX_ITEM_UNITS = 400_000 // UNIT_BYTES + 1
PART_UNITS = MAX_PART_BYTES // UNIT_BYTES + 1
# Read beyond a page, for rows of versions that are seen no more.
SLACK = 8


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
        if can_be_walked(search, values):
            found = self._walk(search, values[0] if values else (ALL, ""))
            count = self._count(conditions, values, counts)
            return page_of(search, found, count, {kind: counts.kinds.get(kind, Counter()) for kind in search.facets})
        rows = self.remember(("rows", conditions), lambda: self._collect(conditions, values, counts))
        facets = {kind: count_values(rows, kind) for kind in search.facets}
        return page_of(search, sort_rows(rows, search), len(rows), facets)

    def bodies(self, providers: Sequence[tuple[str, int]]) -> list[str]:
        """The documents of a page, as the API answers them. Raises TooBroadError, TableError, NoIndexError."""
        keys = [self._item_key(key, serial) for key, serial in providers]
        items = {str(item["pk"]).removesuffix(".json"): item for item in self._items(keys)}
        if len(items) != len(providers):
            raise NoIndexError("Items of the index are missing: rebuild it.")
        return [items[key].get("raw_data") or self._joined(key, serial, items[key]) for key, serial in providers]

    def _items(self, keys: Sequence[Item]) -> Iterator[Item]:
        """As many at once as are allowed if they are as large as can be: how large they are is known afterwards."""
        left = list(keys)
        while left:
            # Each takes one at least.
            self._check(len(left))
            size = max(1, int(self.allowed - self.table.units["read"]) // MAX_ITEM_UNITS)
            yield from self.table.get_all(left[:size])
            left = left[size:]
        self._check(0)

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
        for segment in segments(search):
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
            yield from map(row_of, page.items)
            self._check(0)

    def _check(self, more: float) -> None:
        units = self.table.units["read"] + more
        if units > self.allowed:
            raise TooBroadError(units=units, allowed=self.allowed)

    def _item_key(self, key: str, serial: int) -> Item:
        return {"pk": f"{key}.json", "sk": version_sk(self.state.generation, serial)}

    def _joined(self, key: str, serial: int, item: Item) -> str:
        # Only the last may have less than all that fits.
        self._check((item["raw_parts"] - 1) * PART_UNITS)
        parts = self.table.get_all(part_keys(key, serial, self.state.generation, count=item["raw_parts"]))
        self._check(0)
        if len(parts) != item["raw_parts"]:
            raise NoIndexError("Parts of a document are missing in the index: rebuild it.")
        return join_raw(parts)
