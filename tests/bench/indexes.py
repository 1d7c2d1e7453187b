"""Both search indexes, and the scan of the source document, over the same providers: `make bench-search`."""

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.conf import settings  # noqa: E402 - needs Django
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from catalog.search import database, dynamodb  # noqa: E402
from catalog.search.query import Query  # noqa: E402
from indexer.clients import new_client  # noqa: E402
from indexer.table import SHAPE  # noqa: E402
from indexer.upkeep import keep_up  # noqa: E402
from tests.bench.dynamo import WithoutTransactions, running_dynamo  # noqa: E402
from tests.bench.live_catalogue import make_documents, make_live_catalogue  # noqa: E402
from tests.bench.published_tree import make_tree  # noqa: E402
from tests.bench.report import render_table, write_section  # noqa: E402
from tests.bench.scan import fill_scanned_table, scan, units_of  # noqa: E402
from tests.bench.search_queries import cases  # noqa: E402

# What is asked by filters has to cost a scan at least this many times the units; all else is told.
LEAST_RATIO = 3
HEADINGS = (
    "search", "found", "database, ms", "queries", "requests", "units", "ms", "requests again", "units again",
    "scan, requests", "scan, units", "scan, ms", "units, ratio",
)  # fmt: skip


@dataclass(slots=True)
class Meter:
    """Requests of a client and the capacity units that they were billed, since the last look."""

    requests: int = 0
    units: float = 0.0

    def watch(self, client: Any) -> None:
        for operation in ("GetItem", "BatchGetItem", "Query"):
            client.meta.events.register(f"after-call.dynamodb.{operation}", self._note)

    def take(self) -> tuple[int, float]:
        taken = (self.requests, self.units)
        self.requests, self.units = 0, 0.0
        return taken

    def _note(self, parsed: dict[str, Any], **_call: Any) -> None:
        self.requests += 1
        self.units += units_of(parsed)


def main(entries: int) -> int:
    for name in ("catalog.search", "botocore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    connection.creation.create_test_db(verbosity=0)
    for name, value in (("ACCESS_KEY_ID", "x"), ("SECRET_ACCESS_KEY", "x"), ("DEFAULT_REGION", "us-east-1")):
        os.environ[f"AWS_{name}"] = value
    make_live_catalogue(entries)
    with running_dynamo() as address:
        os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = address
        client = new_client("dynamodb")
        client.create_table(TableName=settings.REGISTRY_SEARCH_TABLE, **SHAPE)
        begun = time.perf_counter()
        keep_up(WithoutTransactions(client, settings.REGISTRY_SEARCH_TABLE), make_tree(make_documents(entries)))
        filled = time.perf_counter() - begun
        fill_scanned_table(make_documents(entries))
        rows = list(measure(entries))
    report(entries, rows, filled)
    missed = [row[0] for row in rows if not row[0].startswith("facets") and float(row[-1]) < LEAST_RATIO]
    print(f"Cost too much: {', '.join(missed)}" if missed else "All goals are met.", file=sys.stderr)
    return 1 if missed else 0


def measure(entries: int) -> Iterator[tuple[str, ...]]:
    client = dynamodb.open_search_table().client
    meter = Meter()
    meter.watch(client)
    for name, query in cases().items():
        if not query.filters.text:
            print(name, file=sys.stderr)
            yield measure_case(name, query, meter)


def measure_case(name: str, query: Query, meter: Meter) -> tuple[str, ...]:
    version = "0" * 64
    with CaptureQueriesContext(connection) as captured:
        theirs, their_seconds = timed(lambda: database.DatabaseIndex().search(query, version=""))
    dynamodb.memory.get("", "forget", lambda: None)
    meter.take()
    ours, seconds = timed(lambda: dynamodb.DynamoIndex().search(query, version=version))
    requests, units = meter.take()
    dynamodb.DynamoIndex().search(query, version=version)
    again = meter.take()
    assert (ours.count, ours.facets, ours.next) == (theirs.count, theirs.facets, theirs.next), name
    scanned, scan_seconds = timed(lambda: scan(query.filters))
    assert scanned.found == ours.count, name
    return (
        name, f"{ours.count:,}", f"{their_seconds * 1000:.1f}", str(len(captured)), str(requests), f"{units:.0f}",
        f"{seconds * 1000:.0f}", str(again[0]), f"{again[1]:.0f}", str(scanned.requests), f"{scanned.units:,.0f}",
        f"{scan_seconds * 1000:,.0f}", f"{scanned.units / units:.1f}",
    )  # fmt: skip


def timed(act: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.perf_counter()
    result = act()
    return result, time.perf_counter() - begun


def report(entries: int, rows: list[tuple[str, ...]], filled: float) -> None:
    table = render_table([HEADINGS, *rows])
    print(table)
    write_section(
        "search-indexes",
        "Both search indexes, and a scan",
        f"`make bench-search`; {entries:,} live providers, SQLite, and dynalite for DynamoDB.\n\n{table}\n\n"
        "Everything that a page of 50 needs with nothing remembered: count, facets, positions, documents. Again: the "
        "same search of a process that remembers. Read consistently, a unit is 4 KB; the scan of the source document "
        "reads eventually, 8 KB a unit, has no order, no pages and no facets, and costs the same each time. Units are "
        "what the emulator says that DynamoDB bills; its times are those of Node.js, not of DynamoDB. "
        f"Filling the table took {filled:.0f} s.\n\n"
        f"The benchmark fails where the scan does not cost {LEAST_RATIO} times the units, facets apart, or the answers "
        "of both indexes differ.",
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
