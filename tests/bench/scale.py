"""What one more process gives: `python -m tests.bench.scale`, on PostgreSQL and Redis.

Several callers ask the same web server for one thing after the other, each on a connection of its own. The server
and the callers share this machine: what counts is the ratio of processes, and with and without a pool.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg

from tests.bench.report import render_table, write_section
from tests.bench.scale_work import HEADINGS, measure_work
from tests.flows.conftest import own_services
from tests.flows.processes import Registry, wait_for

SECONDS = float(os.environ.get("BENCH_SECONDS", "6"))
CALLERS = 8
PATHS = {
    "pointer": "/registry/current.json",
    "entry": "/api/v1/providers/sanity",
    "search": "/api/v1/search/providers?feature=webhooks",
}
CASES = [(1, 0), (1, 8), (2, 0), (2, 8), (4, 8)]
INTRODUCTION = f"""Answers a second of `web` to {CALLERS} callers at once, by `make bench-scale`, on PostgreSQL and
Redis; callers, database and server share the cores. *Pool* is `REGISTRY_DATABASE_POOL`. *Memory* is the resident
memory of one process, *connections* are those to the database, both after the load."""

WORK = """What workers and deployers get done in a minute: publishes of one change each, the next asked for when the
one before is live; deployments of a page of inline files, all asked for at once. One publish runs at a time, so a
second worker only stands by."""


@dataclass(frozen=True, slots=True)
class Load:
    answers: int
    worst_seconds: float


def call(url: str, seconds: float) -> Load:
    """Ask again and again; anything but 200 is an error."""
    count, worst, end = 0, 0.0, time.monotonic() + seconds
    with httpx.Client(timeout=30) as client:
        while time.monotonic() < end:
            began = time.monotonic()
            client.get(url).raise_for_status()
            worst = max(worst, time.monotonic() - began)
            count += 1
    return Load(count, worst)


@contextmanager
def serving(registry: Registry, *, workers: int, pool: int) -> Iterator[None]:
    command = ("-m", "gunicorn", "--config", "python:registry_site.serving", "registry_site.asgi:application")
    bind = ("--workers", str(workers), "--bind", f"127.0.0.1:{registry.port}")
    registry.start("web", *command, *bind, REGISTRY_DATABASE_POOL=str(pool))
    try:
        wait_for(registry.answers, what="The web process", seconds=60)
        yield
    finally:
        registry.stop()


def measure(registry: Registry, *, workers: int, pool: int, callers: ProcessPoolExecutor) -> list[str]:
    row = [str(workers), str(pool)]
    with serving(registry, workers=workers, pool=pool):
        for path in PATHS.values():
            url = registry.address + path
            # The first answers import, compile and fill caches.
            list(callers.map(call, [url] * CALLERS, [0.5] * CALLERS))
            loads = list(callers.map(call, [url] * CALLERS, [SECONDS] * CALLERS))
            row.append(f"{sum(load.answers for load in loads) / SECONDS:,.0f}")
        row += [f"{memory_of_worker(registry.running['web'].pid) >> 20} MB", str(connections(registry))]
    print(*row, sep="\t", flush=True)
    return row


def memory_of_worker(parent: int) -> int:
    """Bytes of the largest child."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    pages = [int(Path(f"/proc/{child}/statm").read_text().split()[1]) for child in children]
    return max(pages) * os.sysconf("SC_PAGE_SIZE")


def connections(registry: Registry) -> int:
    with psycopg.connect(registry.environment["DATABASE_URL"]) as own:
        found = own.execute("SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()").fetchone()
    return int(found[0]) if found else 0


def main() -> None:
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        sys.exit("DATABASE_URL names no PostgreSQL: use make bench-scale.")
    limits = {"REGISTRY_LIMIT_ADDRESS": "0", "REGISTRY_LOG_LEVEL": "WARNING", "REGISTRY_LOG_FORMAT": "json"}
    with tempfile.TemporaryDirectory(prefix="registry-bench-") as name, own_services() as services:
        registry = Registry(Path(name), services | limits)
        registry.manage("first_run", "--port", str(registry.port))
        with ProcessPoolExecutor(CALLERS) as callers:
            rows = [measure(registry, workers=workers, pool=pool, callers=callers) for workers, pool in CASES]
        work = list(measure_work(registry))
    heading = ["web processes", "pool", *PATHS, "memory", "connections"]
    tables = f"{render_table([heading, *rows])}\n\n{WORK}\n\n{render_table([HEADINGS, *work])}"
    write_section("scale", "Processes", f"{INTRODUCTION}\n\n{tables}")


if __name__ == "__main__":
    main()
