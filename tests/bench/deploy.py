"""What the engine adds to the tools that it runs: `make bench-deploy`. Writes a section of docs/benchmarks.md."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.bench.databases import databases
from tests.bench.report import render_table, write_section

HEADINGS = ("database", "what", "ms", "peer, ms", "difference, ms", "ratio")
LINE = "a line of the log"
# Case -> (seconds of ours, seconds of the peer).
Cases = Mapping[str, tuple[float, float]]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="registry-bench-") as folder, databases(Path(folder)) as found:
        results = {name: measure(url, Path(folder) / name) for name, url in found.items()}
    rows = [cells(database, case, *pair) for database, cases in results.items() for case, pair in cases.items()]
    table = render_table([HEADINGS, *rows])
    print(table)
    lines = ", ".join(f"{1 / cases[LINE][0]:,.0f} on {database}" for database, cases in results.items())
    explanation = f"{EXPLANATION}\nLines of the log a second: {lines}."
    write_section("deploy", "Deploying", f"`make bench-deploy`.\n\n{table}\n\n{explanation}")


def measure(url: str, folder: Path) -> Cases:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "REGISTRY_VAR_DIR": str(folder),
        "DJANGO_DEBUG": "true",
        "DJANGO_SETTINGS_MODULE": "registry_site.settings",
    }
    command = [sys.executable, "-m", "tests.bench.deploy_runs"]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True, timeout=900)
    figures: Cases = json.loads(done.stdout)
    return figures


def cells(database: str, case: str, ours: float, peer: float) -> tuple[str, ...]:
    figures = [f"{seconds * 1000:.2f}" for seconds in (ours, peer, ours - peer)]
    return (database, case, *figures, f"{ours / peer:.2f}")


EXPLANATION = """Medians, ours and the peer by turns in one process, from the request to its end. The peer of a
deployment is what a script would do: write the files, run the tool without a sandbox, copy the result, move a link;
the difference is what the engine adds (the sandbox, the checks and the store of what was built, its rows and its log).
The peer of a rollback is to deploy the same again. The peer of a line of the log is a `bulk_create` of the same rows in
the same batches. Ratio: ours by the peer's."""

if __name__ == "__main__":
    main()
