"""`registry_client` beside a simple client, over a line of 20 ms: `python -m tests.bench.readers`.

Both read all providers of the same tree from the same nginx over TLS, in one run. BENCH_SIZES chooses the numbers of
providers. The simple client knows no conditional requests: after its TTL it reads everything again, changed or not.
The benchmark fails if a goal is missed.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
from registry_client import RegistryClient

from tests.bench.far_registry import FarRegistry, far_registry
from tests.bench.report import render_table, write_section
from tests.bench.simple_client import SimpleClient

SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "200,1000").split(",")]
LATENCY_MILLISECONDS = 20
# How many times what our read takes the simple client's has to take at least; and the requests that ours may need.
GOALS = {"nothing changed": 300.0}
REQUESTS = {"nothing changed": 1, "other process": 1}
INTRODUCTION = f"""All providers over TLS with {LATENCY_MILLISECONDS} ms of latency, by `make bench-client`. Requests
and bytes are those that nginx counted. *Simple client* is one file a document, a session for each, one after the other;
`registry_client` is told which key to trust (else it asks for `keys.json`, too), and verifies all that it reads:
signature, digests, serial, expiry. *Other process* finds the disk cache
of an earlier one. Times are of one read, connections included.
The goals where nothing changed are {GOALS["nothing changed"]:.0f} times faster, and one request, also of another
process; the benchmark fails if they are missed."""


@dataclass(frozen=True, slots=True)
class Run:
    """One read: what it took."""

    case: str
    reader: str
    requests: int
    size_bytes: int
    seconds: float


def measure(far: FarRegistry, case: str, reader: str, read: Callable[[], int], *, count: int) -> Run:
    """Raises RuntimeError if the reader does not get all there is."""
    far.seen()
    began = time.perf_counter()
    found = read()
    seconds = time.perf_counter() - began
    if found != count:
        raise RuntimeError(f"{reader} got {found} of {count} providers.")
    run = Run(case, reader, *far.seen(), seconds)
    print(f"{count:6,} {case:22} {reader:16} {run.requests:6,} requests {run.size_bytes:12,} bytes {seconds:8.3f} s")
    return run


def measure_simple(far: FarRegistry, count: int) -> list[Run]:
    client = SimpleClient(far.url, trust=far.trust, ttl_seconds=0)

    def read() -> int:
        return len(asyncio.run(client.get_all_providers()))

    return [measure(far, case, "simple client", read, count=count) for case in ("cold", "nothing changed")]


def measure_ours(far: FarRegistry, count: int, cache_dir: Path) -> list[Run]:
    def measured(case: str, client: RegistryClient) -> Run:
        return measure(far, case, "registry_client", lambda: len(client.get_all_providers()), count=count)

    def make() -> RegistryClient:
        transport = httpx.HTTPTransport(verify=far.trust)
        return RegistryClient(far.url, transport=transport, trusted_keys=far.keys, cache_dir=cache_dir, ttl_seconds=0)

    with make() as client:
        runs = [measured("cold", client), measured("nothing changed", client)]
        with make() as other:
            runs.append(measured("other process", other))
        far.change_one()
        return [*runs, measured("after one publish", client)]


def ratio_of(run: Run, simple: Sequence[Run]) -> float:
    """How many times faster it is. Whatever happened, the simple client reads all of it again."""
    by_case = {peer.case: peer for peer in simple}
    return by_case.get(run.case, by_case["nothing changed"]).seconds / run.seconds


def find_missed(count: int, simple: Sequence[Run], ours: Sequence[Run]) -> Iterator[str]:
    for run in ours:
        if run.requests > REQUESTS.get(run.case, run.requests):
            yield f"{run.case}, {count:,} providers: {run.requests} requests"
        if ratio_of(run, simple) < GOALS.get(run.case, 0.0):
            yield f"{run.case}, {count:,} providers: {ratio_of(run, simple):.0f} times faster"


def render(count: int, simple: list[Run], ours: list[Run]) -> str:
    rows = [["case", "reader", "requests", "bytes", "seconds", "times faster"]]
    for run in (*simple, *ours):
        ratio = "" if run in simple else f"{ratio_of(run, simple):,.0f}"
        rows.append([run.case, run.reader, f"{run.requests:,}", f"{run.size_bytes:,}", f"{run.seconds:.3f}", ratio])
    return f"### {count:,} providers\n\n{render_table(rows)}\n"


def main() -> int:
    parts = [INTRODUCTION, ""]
    missed: list[str] = []
    for count in SIZES:
        with tempfile.TemporaryDirectory(prefix="registry-bench-") as name:
            folder = Path(name)
            with far_registry(folder, latency_milliseconds=LATENCY_MILLISECONDS) as far:
                far.publish(count)
                ours = measure_ours(far, count, folder / "cache")
                simple = measure_simple(far, count)
            parts.append(render(count, simple, ours))
            missed += find_missed(count, simple, ours)
    write_section("client", "Reading with the client", "\n".join(parts))
    print("\n".join(["Missed:", *missed]) if missed else "All goals are met.", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
