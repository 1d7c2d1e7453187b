"""What a registry on AWS costs in a month: `python -m infrastructure.costs` writes the tables of docs/costs.md.

Prices are in prices.toml, and nowhere else. What is used is computed from the catalogue, the template and the times of
the published tree, or assumed below; every assumption is printed.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.publishing.tree import COPY_CACHE, POINTER_CACHE

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "costs.md"
PRICES: dict[str, Any] = tomllib.loads((ROOT / "infrastructure" / "prices.toml").read_text(encoding="utf-8"))
TEMPLATE = (ROOT / "infrastructure" / "registry.yaml").read_text(encoding="utf-8")
READS = (10_000, 1_000_000, 1_000_000_000)
GOAL = 10.0
MONTH_SECONDS = 30 * 24 * 3600

# Assumed.
PUBLISHES, CHANGED = 100, 5
HEADER_BYTES = 800
REGIONAL_CACHES = 13
RENEWALS = 18
OLD_VERSIONS_MONTHS = 3
WATCH_SECONDS, WATCH_GB = 0.5, 0.128
INDEXER_SECONDS, INDEXER_GB = 1.0, 0.5
WRITES_OF_ENTRY, READS_OF_LOOK = 100, 20
LOG_BYTES_OF_RUN = 1_000

Used = dict[str, float]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """How many entries there are, and how many bytes a document has at its fixed path."""

    entries: int
    document_bytes: int


def starter_catalogue() -> Catalogue:
    sizes = [path.stat().st_size for path in (ROOT / "catalog" / "starter").rglob("*.json")]
    return Catalogue(len(sizes), round(sum(sizes) / len(sizes)))


def used_in_a_month(reads: int, catalogue: Catalogue, *, with_index: bool) -> Used:
    """Price -> how much of it. A read is one GET of one document at its fixed path that reaches the CDN."""
    runs = MONTH_SECONDS / 900
    used = {
        "requests": reads,
        "transfer": reads * (catalogue.document_bytes + HEADER_BYTES),
        "invalidations": PUBLISHES * (CHANGED + 3) + RENEWALS * 2,
        "gets": min(reads, most_misses(catalogue)) + PUBLISHES * (CHANGED + 6) + runs,
        "puts": PUBLISHES * (CHANGED * 4 + 4) + RENEWALS,
        "storage": stored_bytes(catalogue),
        "alarms": count_alarms(with_index=False),
        "metrics": 2,
        "invocations": runs,
        "compute": runs * WATCH_SECONDS * WATCH_GB,
        "logs": runs * LOG_BYTES_OF_RUN,
        "zone": 1,
    }
    return {**used, **(used_by_index(used) if with_index else {})}


def used_by_index(used: Mapping[str, float]) -> Used:
    """What is more with WithIndex. Searches themselves are not in it: how many there are is your readers' choice."""
    runs = MONTH_SECONDS / 300 + PUBLISHES * 2
    return {
        "alarms": count_alarms(with_index=True),
        "metrics": used["metrics"] + 6,
        "invocations": used["invocations"] + runs,
        "compute": used["compute"] + runs * INDEXER_SECONDS * INDEXER_GB,
        "logs": used["logs"] + runs * LOG_BYTES_OF_RUN,
        "gets": used["gets"] + runs * 2 + PUBLISHES * CHANGED * 4,
        "table_writes": PUBLISHES * CHANGED * WRITES_OF_ENTRY,
        "table_reads": runs * READS_OF_LOOK,
    }


def most_misses(catalogue: Catalogue) -> float:
    """However many read: each regional cache asks for a file once while it may keep it."""
    copies = catalogue.entries * MONTH_SECONDS / shared_age(COPY_CACHE)
    return REGIONAL_CACHES * (copies + 2 * MONTH_SECONDS / shared_age(POINTER_CACHE))


def shared_age(cache_control: str) -> int:
    found = re.search(r"s-maxage=(\d+)", cache_control)
    if found is None:
        raise ValueError(f"{cache_control} says nothing to shared caches.")
    return int(found[1])


def stored_bytes(catalogue: Catalogue) -> float:
    """Each document as object, copy and in a bundle; and the same of what was changed while old versions are kept."""
    whole = 3 * catalogue.entries * catalogue.document_bytes
    return whole + OLD_VERSIONS_MONTHS * PUBLISHES * (3 * CHANGED * catalogue.document_bytes + whole / 3)


def count_alarms(*, with_index: bool) -> int:
    found = re.findall(r"Type: AWS::CloudWatch::Alarm\n(    Condition: HasIndex)?", TEMPLATE)
    return len(found) if with_index else found.count("")


def cost_of(used: Mapping[str, float], *, with_free: bool) -> dict[str, float]:
    costs = {}
    for name, amount in used.items():
        price = PRICES[name]
        paid = max(amount - price.get("free", 0) * with_free, 0)
        costs[name] = paid / price["per"] * price["price"]
    return costs


def total(reads: int, catalogue: Catalogue, *, with_index: bool, with_free: bool) -> float:
    return sum(cost_of(used_in_a_month(reads, catalogue, with_index=with_index), with_free=with_free).values())


def most_reads_for(goal: float, catalogue: Catalogue, *, with_index: bool, with_free: bool) -> int:
    """The most reads that cost no more; to three digits."""
    low, high = 0, 10**10
    while high - low > max(low, 1) // 1000:
        middle = (low + high) // 2
        is_within = total(middle, catalogue, with_index=with_index, with_free=with_free) <= goal
        low, high = (middle, high) if is_within else (low, middle)
    return int(float(f"{low:.3g}"))


def render() -> str:
    catalogue = starter_catalogue()
    return "\n\n".join([_totals(catalogue), _parts(catalogue), _prices(), _assumptions(catalogue)])


def write(page: Path = PAGE) -> None:
    text = page.read_text(encoding="utf-8")
    head, found, rest = text.partition("<!-- computed -->\n")
    _, found_end, foot = rest.partition("<!-- end of computed -->")
    if not found or not found_end:
        raise ValueError(f"{page} has no marks to write between.")
    page.write_text(f"{head}{found}{render()}\n{found_end}{foot}", encoding="utf-8")


def _totals(catalogue: Catalogue) -> str:
    rows = ["| reads a month | dollars a month | without free allowances | with searches in a table | goal |"]
    rows.append("| --: | --: | --: | --: | --- |")
    for reads in READS:
        paid = total(reads, catalogue, with_index=False, with_free=True)
        bare = total(reads, catalogue, with_index=False, with_free=False)
        index = total(reads, catalogue, with_index=True, with_free=True)
        verdict = "met" if paid < GOAL else f"missed, {paid / GOAL:,.0f} times"
        rows.append(f"| {reads:,} | {paid:,.2f} | {bare:,.2f} | {index:,.2f} | {verdict} |")
    most = most_reads_for(GOAL, catalogue, with_index=False, with_free=True)
    alone = most_reads_for(GOAL, catalogue, with_index=False, with_free=False)
    return "\n".join(
        [*rows, "", f"{GOAL:.0f} dollars are enough for {most:,} reads a month; without free allowances for {alone:,}."]
    )


def _parts(catalogue: Catalogue) -> str:
    columns = [cost_of(used_in_a_month(reads, catalogue, with_index=True), with_free=True) for reads in READS]
    rows = ["| dollars a month, with searches | " + " | ".join(f"{reads:,} reads" for reads in READS) + " |"]
    rows.append("| --- |" + " --: |" * len(READS))
    rows += [
        f"| {PRICES[name]['what']} | " + " | ".join(f"{costs[name]:,.2f}" for costs in columns) + " |"
        for name in columns[0]
    ]
    return "\n".join(rows)


def _prices() -> str:
    rows = [f"Prices of the public lists of {PRICES['as_of']}:", "", "| | dollars | for | free each month | source |"]
    rows.append("| --- | --: | --: | --: | --- |")
    rows += [
        f"| {said['what']} | {said['price']:.10g} | {said['per']:,} | {said.get('free', 0):,} | {said['source']} |"
        for said in PRICES.values()
        if isinstance(said, dict)
    ]
    return "\n".join(rows)


def _assumptions(catalogue: Catalogue) -> str:
    return (
        f"Of the catalogue: {catalogue.entries} entries, a document of {catalogue.document_bytes:,} bytes (the starter "
        f"catalogue's mean). Assumed: {HEADER_BYTES} bytes of headers, no compression; {PUBLISHES} publishes a month "
        f"that change {CHANGED} entries each; {REGIONAL_CACHES} regional caches, each of which asks for every file as "
        f"often as it may; the pointer renewed {RENEWALS} times; old versions kept for {OLD_VERSIONS_MONTHS} months; "
        f"the watch runs {WATCH_SECONDS:g} s and the indexer {INDEXER_SECONDS:g} s; {WRITES_OF_ENTRY} write units for "
        f"a changed entry and {READS_OF_LOOK} read units for a look of the indexer."
    )


if __name__ == "__main__":
    write()
