"""Requests and times of a publish: `python -m tests.bench.publish` prints a table and rewrites docs/benchmarks.md."""

import logging
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

# The models can be imported once Django is set up.
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from moto.moto_server.threaded_moto_server import ThreadedMotoServer  # noqa: E402

from catalog.actions.errors import RefusedError  # noqa: E402
from catalog.models import Provider, Snapshot  # noqa: E402
from catalog.publishing.stores.base import Store  # noqa: E402
from catalog.publishing.stores.filesystem import FileSystemStore  # noqa: E402
from tests.bench.catalogue import make_catalogue  # noqa: E402
from tests.bench.report import render_table, write_section  # noqa: E402
from tests.factories import SANITY, publish, save  # noqa: E402
from tests.stores import CountingStore, make_bucket_store, verify  # noqa: E402

FOLDER_ENTRIES = int(os.environ.get("BENCH_ENTRIES", "10000"))
BUCKET_ENTRIES = FOLDER_ENTRIES // 10
MOST_REQUESTS = 16
HEADINGS = ("store", "entries", "case", "seconds", "requests", "get", "put", "list", "queries")


@dataclass(frozen=True, slots=True)
class Measured:
    """One case on one store: how long it took, what it asked of the store, how many queries it made."""

    store: str
    entries: int
    case: str
    seconds: float
    watched: CountingStore
    queries: int

    def cells(self) -> tuple[str, ...]:
        counts = self.watched.counts()
        puts = counts["put_if_absent"] + counts["put_if_match"]
        requests = (len(self.watched.requests), counts["get"], puts, counts["list"], self.queries)
        return (
            self.store,
            f"{self.entries:,}",
            self.case,
            f"{self.seconds:.2f}",
            *(f"{number:,}" for number in requests),
        )


def main() -> None:
    """A database in memory or of its own, as tests have; folders that are gone afterwards."""
    connection.creation.create_test_db(verbosity=0)
    try:
        with tempfile.TemporaryDirectory() as folder:
            rows = measure_store("folder", FileSystemStore(Path(folder)), FOLDER_ENTRIES)
        forget()
        rows += measure_bucket()
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    table = render_table([HEADINGS, *(row.cells() for row in rows)])
    print(table)
    write_section("cost", "What a publish costs", f"`make bench`; {connection.vendor}.\n\n{table}\n\n{EXPLANATION}")
    check_bounds(rows)


def measure_bucket() -> list[Measured]:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        return measure_store("bucket", make_bucket_store(endpoint_url=f"http://{host}:{port}"), BUCKET_ENTRIES)
    finally:
        server.stop()


def measure_store(name: str, store: Store, entries: int) -> list[Measured]:
    make_catalogue(entries, prefix=name)
    rows = [measure(name, entries, "first publish", store, publish)]
    rows.append(measure(name, entries, "nothing to publish", store, ask_for_nothing))
    for number in (1, 2):
        save("provider", {**SANITY, "provider_name": f"{name}-7", "setup_cost_range": [number, number]})
        rows.append(measure(name, entries, "one change" if number == 1 else "one more change", store, publish))
    report = verify(store)
    assert (report.problems, report.documents) == ([], entries)
    return rows


def measure(name: str, entries: int, case: str, store: Store, act: Callable[[Store], object]) -> Measured:
    watched = CountingStore(store)
    with CaptureQueriesContext(connection) as queries:
        start = time.perf_counter()
        act(watched)
        seconds = time.perf_counter() - start
    return Measured(name, entries, case, seconds, watched, len(queries))


def ask_for_nothing(store: Store) -> None:
    try:
        publish(store)
    except RefusedError:
        return
    raise AssertionError("There was something to publish.")


def forget() -> None:
    """Make room for the next catalogue; revisions are append-only and may stay."""
    Snapshot.objects.all().delete()
    Provider.objects.all().delete()


def check_bounds(rows: list[Measured]) -> None:
    for row in rows:
        counts = row.watched.counts()
        assert counts["list"] == counts["delete"] == 0, f"{row.case} lists or deletes: {counts}"
        if "change" in row.case:
            assert len(row.watched.requests) <= MOST_REQUESTS, f"{row.case} makes {counts}"


EXPLANATION = f"""All entries are providers of one type, the worst case for the index: one change rewrites one of its
shards. The bucket is moto's server over HTTP in the benchmark's own process, so its seconds say more about moto than
about S3; its requests are what S3 would see. A change makes at most {MOST_REQUESTS} requests, whatever the size of the
catalogue, and a publish never lists or deletes; the benchmark fails if that is not so."""

if __name__ == "__main__":
    main()
