"""CPU of reading through the API beside a plain ModelSerializer of the same rows: `python -m tests.bench.api [N]`.

Both sides by turns in one process, a process for each database. The benchmark fails if a goal is missed on PostgreSQL,
or a request needs more queries than it may.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.bench.databases import databases
from tests.bench.report import render_table, write_section

# How many times what our endpoint needs the peer's has to need at least.
GOALS = {"list of 200": 14.0, "list of 200, unchanged (304)": 34.0}
QUERIES = {"list of 200": 2, "list of 200, unchanged (304)": 1, "one": 1, "one, unchanged (304)": 1}
# (our CPU seconds, the peer's, our queries), of the "endpoint" and of the "whole" request, by case.
Cases = Mapping[str, Mapping[str, tuple[float, float, int]]]


def main(entries: int) -> int:
    with tempfile.TemporaryDirectory(prefix="registry-bench-") as folder, databases(Path(folder)) as found:
        results = {name: measure(entries, url, Path(folder) / name) for name, url in found.items()}
    report(entries, results)
    missed = list(find_missed(results))
    print("\n".join(["Missed:", *missed]) if missed else "All goals are met.", file=sys.stderr)
    return 1 if missed else 0


def measure(entries: int, url: str, folder: Path) -> Cases:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "REGISTRY_VAR_DIR": str(folder),
        "DJANGO_DEBUG": "true",
        "DJANGO_SETTINGS_MODULE": "registry_site.settings",
    }
    command = [sys.executable, "-m", "tests.bench.api_requests", str(entries)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    figures: Cases = json.loads(done.stdout)
    return figures


def find_missed(results: Mapping[str, Cases]) -> Iterator[str]:
    for database, cases in results.items():
        for what, figures in cases.items():
            ours, peer, queries = figures["endpoint"]
            if queries > QUERIES[what]:
                yield f"{what} on {database}: {queries} queries"
            if database == "PostgreSQL" and peer / ours < GOALS.get(what, 0):
                yield f"{what} on {database}: ratio {peer / ours:.1f}"


def report(entries: int, results: Mapping[str, Cases]) -> None:
    rows: list[tuple[str, ...]] = [
        ("database", "request", "ms", "plain, ms", "ratio", "queries", "whole, ms", "whole plain, ms")
    ]
    for database, cases in results.items():
        for what, figures in cases.items():
            (ours, peer, queries), (whole, whole_peer, _) = figures["endpoint"], figures["whole"]
            times = [f"{seconds * 1000:.2f}" for seconds in (ours, peer, whole, whole_peer)]
            rows.append((database, what, *times[:2], f"{peer / ours:.1f}", str(queries), *times[2:]))
    table = render_table(rows)
    print(table)
    goals = " and ".join(f"{goal:.0f} for {what}" for what, goal in GOALS.items())
    write_section(
        "api-reads",
        "Reading through the API",
        f"`make bench-api`; {entries:,} providers.\n\n{table}\n\n"
        "Milliseconds of CPU, the median of many, both sides in one process by turns: the endpoint by itself (address, "
        "caller, limits, queries, answer), and the whole with the product's middleware, which is the same for both.\n"
        "Plain is a ModelSerializer of the same rows without permissions or limits; it knows no 304 and sends all\n"
        f"of it again. The goals are a ratio of {goals}, on PostgreSQL; the benchmark fails below them.",
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
