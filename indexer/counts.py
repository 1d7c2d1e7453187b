"""How many providers have each value, at one serial: what a search needs to begin with the rarest, and to count.

A function of the versions that are seen at that serial, so that doing it again gives the same.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from indexer.codec import join, pack, split
from indexer.items import ALL, COST, Version, cost_text
from indexer.table import Table

Values = Counter[str]


@dataclass(slots=True)
class Counts:
    """Kind -> value -> how many. `row_bytes` is what all rows of one partition of everything take together."""

    kinds: dict[str, Values] = field(default_factory=lambda: defaultdict(Counter))
    row_bytes: int = 0

    def add(self, version: Version | None, *, times: int = 1) -> None:
        """Count it; or, with `times` -1, take it out."""
        if version is None:
            return
        for kind, value in version.values():
            self.kinds[kind][value] += times
        self.kinds[COST][cost_text(version.searched.get("monthly_cost_min"))] += times
        self.row_bytes += times * size_of(version)

    def join(self, other: "Counts") -> None:
        for kind, values in other.kinds.items():
            self.kinds[kind].update(values)
        self.row_bytes += other.row_bytes

    def of(self, kind: str, value: str = "") -> int:
        return self.kinds[kind][value] if kind in self.kinds else 0

    @property
    def total(self) -> int:
        return self.of(ALL)

    def at_most(self, cost: int) -> int:
        """How many begin at or below this cost."""
        limit = cost_text(cost)
        return sum(count for text, count in self.kinds.get(COST, {}).items() if text <= limit)

    def to_bytes(self) -> bytes:
        kept = {
            kind: {value: count for value, count in sorted(values.items()) if count}
            for kind, values in sorted(self.kinds.items())
        }
        return json.dumps({"kinds": kept, "row_bytes": self.row_bytes}, separators=(",", ":")).encode()


def counts_of(content: bytes) -> Counts:
    members = json.loads(content)
    counts = Counts(row_bytes=members["row_bytes"])
    for kind, values in members["kinds"].items():
        counts.kinds[kind] = Counter(values)
    return counts


def size_of(version: Version) -> int:
    """The bytes of one of its rows, as DynamoDB counts them; near enough for the length of the partition's name."""
    (row,) = [row for row in version.rows("g" * 20) if row["pk"].endswith(f"#{ALL}#")]
    return sum(len(name) + _size(value) for name, value in pack(row).items())


def read_counts(table: Table, generation: str, serial: int) -> Counts | None:
    """None if there are none of this serial."""
    parts = list(table.query(_pk(generation), begins_with=f"{serial:010d}#"))
    if not parts:
        return None
    return counts_of(join([part["part"] for part in parts]))


def write_counts(table: Table, counts: Counts, generation: str, serial: int) -> None:
    parts = split(counts.to_bytes())
    table.put_all(
        {"pk": _pk(generation), "sk": f"{serial:010d}#{number:04d}", "part": part} for number, part in enumerate(parts)
    )


def forget_counts(table: Table, generation: str, *, before: int) -> None:
    """Delete those of serials before this one."""
    old = table.query(_pk(generation), less_than=f"{before:010d}#", names=("pk", "sk"))
    table.delete_all({"pk": item["pk"], "sk": item["sk"]} for item in old)


def _pk(generation: str) -> str:
    return f"{generation}#counts"


def _size(value: Mapping[str, Any]) -> int:
    ((kind, inner),) = value.items()
    if kind == "N":
        return len(inner) // 2 + 2
    if kind == "SS":
        return 3 + sum(len(text.encode()) + 1 for text in inner)
    return len(str(inner).encode())
