"""A publish beside `aws s3 sync --delete` of the same documents, on one emulator in one run: `make bench-publish`.

Writes a section of docs/benchmarks.md. awscli lives in an environment of its own: it pins an older botocore.
"""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

# The models can be imported once Django is set up.
from django.db import connection  # noqa: E402

from catalog.models import Provider, Snapshot  # noqa: E402
from tests.awscli import install_awscli  # noqa: E402
from tests.bench.catalogue import make_catalogue  # noqa: E402
from tests.bench.emulator import Counts, read_counts, running_emulator  # noqa: E402
from tests.bench.reader import polling_reader  # noqa: E402
from tests.bench.report import render_table, write_section  # noqa: E402
from tests.factories import SANITY, publish, save  # noqa: E402
from tests.stores import BUCKET, make_bucket_store, verify  # noqa: E402

SIZES = tuple(int(size) for size in os.environ.get("BENCH_SIZES", "1000,10000").split(","))
HEADINGS = ("entries", "case", "with", "requests", "bytes", "seconds", "torn reads", "requests, ratio", "time, ratio")
LEAST_RATIO = 50
# The changes of each case; the row is the one of median time.
CASES = {"one change, fresh checkout": (7, 9, 11), "one change, kept times": (8, 10, 12)}
SYNC_BUCKET = "plain"


@dataclass(frozen=True, slots=True)
class Measured:
    """One case: what the emulator was asked by the writer, and torn of all reads that a reader made meanwhile."""

    entries: int
    case: str
    tool: str
    counts: Counts
    seconds: float
    torn: int
    reads: int

    @property
    def requests(self) -> int:
        return sum(self.counts.requests.values())


def main() -> None:
    aws = install_awscli()
    connection.creation.create_test_db(verbosity=0)
    rows: list[Measured] = []
    try:
        for size in SIZES:
            with running_emulator() as endpoint, tempfile.TemporaryDirectory() as folder:
                rows += compare(endpoint, Path(folder), aws, size)
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    table = render_table([HEADINGS, *(cells(row, rows) for row in rows)])
    print(table)
    write_section("publish", "A publish beside aws s3 sync", f"`make bench-publish`.\n\n{table}\n\n{EXPLANATION}")
    check_goals(rows)


def compare(endpoint: str, folder: Path, aws: Path, size: int) -> list[Measured]:
    """First publish, then one change: from a fresh checkout and with kept times. Ours has no times to keep."""
    store = make_bucket_store(endpoint_url=endpoint)
    make_bucket_store(endpoint_url=endpoint, bucket=SYNC_BUCKET)
    make_catalogue(size, prefix=f"b{size}")
    export(folder)

    def sync() -> None:
        run_sync(aws, endpoint, folder)

    rows = [
        measure(endpoint, size, "first", "sync", sync),
        measure(endpoint, size, "first", "ours", lambda: publish(store)),
    ]
    for case, numbers in CASES.items():
        rounds = []
        for number in numbers:
            slug = f"b{size}-{number}"
            save("provider", {**SANITY, "provider_name": slug, "setup_cost_range": [number, number * 100]})
            write_document(folder, slug)
            if "fresh" in case:
                touch_all(folder)
            by_sync = measure(endpoint, size, case, "sync", sync)
            rounds.append((by_sync, measure(endpoint, size, case, "ours", lambda: publish(store))))
        rows += [sorted(runs, key=attrgetter("seconds"))[len(runs) // 2] for runs in zip(*rounds, strict=True)]
    assert verify(store).problems == []
    Snapshot.objects.all().delete()
    Provider.objects.all().delete()
    return rows


def measure(endpoint: str, size: int, case: str, tool: str, write: Callable[[], object]) -> Measured:
    """The requests of the reader are taken off; its process has started before the clock does."""
    before = read_counts(endpoint)
    with polling_reader(endpoint, SYNC_BUCKET if tool == "sync" else BUCKET) as seen:
        start = time.perf_counter()
        write()
        seconds = time.perf_counter() - start
    counts = read_counts(endpoint) - before
    counts.requests["GET"] -= seen.requests
    return Measured(size, case, tool, counts, seconds, seen.torn, seen.reads)


def export(folder: Path) -> None:
    slugs = list(Provider.objects.order_by("slug").values_list("slug", flat=True))
    for slug in slugs:
        write_document(folder, slug)
    (folder / "manifest.json").write_text(json.dumps({"providers": {"cms": slugs}}))


def write_document(folder: Path, slug: str) -> None:
    path = folder / "providers" / "cms" / f"{slug}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    revision = Provider.objects.select_related("latest_revision").get(slug=slug).latest_revision
    assert revision is not None
    path.write_text(json.dumps(revision.document, indent=2))


def touch_all(folder: Path) -> None:
    for path in folder.rglob("*.json"):
        path.touch()


def run_sync(aws: Path, endpoint: str, folder: Path) -> None:
    command = [str(aws), "--endpoint-url", endpoint, "s3", "sync", str(folder), f"s3://{SYNC_BUCKET}", "--delete"]
    subprocess.run([*command, "--only-show-errors"], check=True, timeout=900)


def cells(row: Measured, rows: list[Measured]) -> tuple[str, ...]:
    ours = next(other for other in rows if other.tool == "ours" and (other.entries, other.case) == key_of(row))
    ratios = (f"{row.requests / ours.requests:.1f}", f"{row.seconds / ours.seconds:.1f}")
    torn = f"{row.torn} of {row.reads}"
    sent = f"{row.counts.bytes_sent:,}"
    return (f"{row.entries:,}", row.case, row.tool, f"{row.requests:,}", sent, f"{row.seconds:.2f}", torn, *ratios)


def key_of(row: Measured) -> tuple[int, str]:
    return row.entries, row.case


def check_goals(rows: list[Measured]) -> None:
    """The goals of the design at every size; a goal that is missed is said, not hidden."""
    found = {(row.entries, row.case, row.tool): row for row in rows}
    for size in SIZES:
        for case, least in (("one change, fresh checkout", LEAST_RATIO), ("one change, kept times", 2)):
            sync, ours = found[size, case, "sync"], found[size, case, "ours"]
            ratio = sync.seconds / ours.seconds
            print(f"{size:,}, {case}: {ratio:.0f} times faster (goal {least}): {'met' if ratio >= least else 'MISSED'}")
    assert not any(row.torn for row in rows if row.tool == "ours"), "a torn read of ours"


EXPLANATION = """Ratio: how many times what ours needs. A torn read is one in which the manifest names a document that
is not there. `sync` writes one file an entry and the manifest; ours writes objects, index, bundles, the signed pointer
and the same fixed paths. Emulator (moto) and reader have processes of their own; on S3 every request has its latency
on top. One change is a dozen requests in five turns, however few entries there are, and `sync` has as many as
there are entries: the ratio of times grows with the catalogue. `sync` is timed from the start of its process, as a
pipeline runs it; ours from the request for a publish to its end in a process that has published before, as a worker
has. Each row of one change is the median of three, both by turns."""

if __name__ == "__main__":
    main()
