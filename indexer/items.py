"""One provider as items of the table; pure.

A version of a provider is its document at the fixed path, with the serial that wrote it. It has
* one item with everything: pk `providers/cms/sanity.json`, sk `<generation>#<serial>`;
* a narrow row in the partition of each value that it has: pk `<generation>#feature#drafts`, sk `<key>#<serial>`.
A version that was replaced by serial N has `until` N: whoever reads at a serial before still finds it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from indexer.codec import Item, join, split

# Raise it when items change: an index of another layout is rebuilt.
LAYOUT = 1
ALL, COST = "all", "monthly_cost"
TYPE, COMPLEXITY, LIFECYCLE = "provider_type", "complexity_level", "lifecycle"
# Kind of a tag -> the attribute with the set of them, and the member of a document.
SETS = {"feature": "features_set", "engine": "ssg_engines_set", "market": "target_market_set"}
LISTS = {
    "feature": ("features", "key_features"),
    "engine": ("ssg_engines", "ssg_engine_options"),
    "market": ("target_market", "target_market"),
}
COLUMNS = (TYPE, COMPLEXITY, LIFECYCLE)
KINDS = (*COLUMNS, *SETS)
# Of row and document both.
SEARCHED = ("serial", "name", *COLUMNS, "monthly_cost_min", *SETS.values())
# What has no cost comes after everything that has one.
NO_COST = "~"
MAX_RAW_BYTES = 300_000
SPECIAL = ("id", "name", "description", "icon")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a provider: `searched` are the attributes that rows have, `raw` its document as the API has it."""

    key: str
    serial: int
    searched: Item
    until: int | None = None
    is_removed: bool = False

    def is_seen_at(self, serial: int) -> bool:
        return not self.is_removed and self.serial <= serial and (self.until is None or self.until > serial)

    def values(self) -> Iterator[tuple[str, str]]:
        """(kind, value) of every partition that it has a row in, but the costs."""
        yield ALL, ""
        for column in COLUMNS:
            if self.searched.get(column):
                yield column, self.searched[column]
        for kind, attribute in SETS.items():
            for value in sorted(self.searched.get(attribute, ())):
                yield kind, value

    def row_keys(self, generation: str) -> list[Item]:
        return [{"pk": partition(generation, kind, value), "sk": row_sk(self)} for kind, value in self.values()]

    def rows(self, generation: str) -> list[Item]:
        row = {**self.searched, "serial": self.serial, "cost_key": cost_key(self)}
        return [{**key, **row} for key in self.row_keys(generation)]

    def item_key(self, generation: str) -> Item:
        return {"pk": f"{self.key}.json", "sk": version_sk(generation, self.serial)}


def partition(generation: str, kind: str, value: str = "") -> str:
    return f"{generation}#{kind}#{value}"


def version_sk(generation: str, serial: int) -> str:
    return f"{generation}#{serial:010d}"


def row_sk(version: Version) -> str:
    return f"{version.key}#{version.serial:010d}"


def key_of_row(row: Mapping[str, Any]) -> str:
    return str(row["sk"]).rpartition("#")[0]


def cost_text(cost: int | None) -> str:
    return NO_COST if cost is None else f"{cost:010d}"


def cost_key(version: Version) -> str:
    return f"{cost_text(version.searched.get('monthly_cost_min'))}#{row_sk(version)}"


def version_of(key: str, copy: Mapping[str, Any]) -> Version:
    """The version that a copy at its fixed path is."""
    tags = {SETS[kind]: frozenset(copy.get(member, ())) for kind, (_, member) in LISTS.items()}
    searched = {
        "name": copy["display_name"].lower(),
        TYPE: copy["provider_type"],
        COMPLEXITY: copy.get("complexity_level") or None,
        LIFECYCLE: copy.get("lifecycle", {}).get("state", "active"),
        "monthly_cost_min": copy.get("monthly_cost_range", (None,))[0],
        **tags,
    }
    return Version(key, copy["serial"], {name: value for name, value in searched.items() if value or value == 0})


def version_of_item(item: Mapping[str, Any]) -> Version:
    """The version that an item of the table, its document left out, is of."""
    searched = {name: item[name] for name in SEARCHED if name in item and name != "serial"}
    key = str(item["pk"]).removesuffix(".json")
    return Version(key, item["serial"], searched, item.get("until"), bool(item.get("removed")))


def version_of_row(row: Mapping[str, Any]) -> Version:
    searched = {name: row[name] for name in SEARCHED if name in row and name != "serial"}
    return Version(key_of_row(row), row["serial"], searched, row.get("until"))


def items_of(version: Version, copy: Mapping[str, Any], generation: str) -> list[Item]:
    """The item with everything, and the parts of a document that is too large for one."""
    lists = {name: tuple(copy.get(member, ())) for name, member in LISTS.values()}
    costs = {
        f"{what}_cost_{end}": value
        for what in ("monthly", "setup")
        for end, value in zip(("min", "max"), copy.get(f"{what}_cost_range", ()), strict=False)
    }
    raw = raw_of(version.key, copy)
    texts = {name: copy.get(name) for name in ("provider_name", "category", "last_updated", "currency")}
    item = {**version.item_key(generation), **version.searched, **lists, **costs, **texts, "serial": version.serial}
    if len(raw) <= MAX_RAW_BYTES:
        return [{**item, "raw_data": raw.decode()}]
    parts = split(raw)
    keys = part_keys(version.key, version.serial, generation, count=len(parts))
    return [
        *({**key, "part": part} for key, part in zip(keys, parts, strict=True)),
        {**item, "raw_parts": len(parts)},
    ]


def raw_of(key: str, copy: Mapping[str, Any]) -> bytes:
    """The document as the API answers it: as it is published, and what lists of every kind have."""
    named = (key.rpartition("/")[2], copy["display_name"], copy.get("description", ""), copy.get("icon", ""))
    whole = {**dict(zip(SPECIAL, named, strict=True)), **copy}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def part_keys(key: str, serial: int, generation: str, *, count: int) -> list[Item]:
    return [
        {"pk": f"{key}.json", "sk": f"part#{version_sk(generation, serial)}#{number:04d}"} for number in range(count)
    ]


def keys_of_item(item: Mapping[str, Any], generation: str) -> list[Item]:
    """The keys of all that a version has, by its item, which comes last."""
    version = version_of_item(item)
    parts = part_keys(version.key, version.serial, generation, count=item.get("raw_parts", 0))
    rows = [] if version.is_removed else version.row_keys(generation)
    return [*rows, *parts, version.item_key(generation)]


def join_raw(parts: list[Item]) -> str:
    """The document of these parts, in any order."""
    ordered = sorted(parts, key=lambda part: str(part["sk"]))
    return join([part["part"] for part in ordered]).decode()
