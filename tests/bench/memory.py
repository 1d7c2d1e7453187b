"""Memory of a first publish: `python -m tests.bench.memory [ENTRIES]`; the publisher is a process of its own."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.report import render_table, write_section

ROOT = Path(__file__).resolve().parents[2]
LIMIT_MB = 500
MAKE = """
import django; django.setup()
from django.db import connection
connection.cursor().execute("PRAGMA synchronous=OFF")
from tests.bench.catalogue import make_catalogue
for start in range(0, {entries}, 10_000):
    make_catalogue(min(10_000, {entries} - start), prefix=f"m{{start}}")
"""


def main(entries: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "PATH": os.environ["PATH"],
            "DJANGO_DEBUG": "true",
            "DJANGO_SETTINGS_MODULE": "registry_site.settings",
            "REGISTRY_VAR_DIR": folder,
        }
        for command in (["manage.py", "migrate", "--verbosity", "0"], ["-c", MAKE.format(entries=entries)]):
            subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=True)
        peak_mb, seconds = measure([sys.executable, "manage.py", "publish"], environment)
    table = render_table([("entries", "peak MB", "seconds"), (f"{entries:,}", f"{peak_mb:,.0f}", f"{seconds:,.0f}")])
    print(table)
    write_section("memory", "Memory of a first publish", f"`python -m tests.bench.memory {entries}`.\n\n{table}")
    assert peak_mb <= LIMIT_MB, f"{peak_mb:.0f} MB is more than {LIMIT_MB}"


def measure(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """(peak resident MB, seconds) of a command."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, "the publish failed"
    assert isinstance(usage, resource.struct_rusage)
    return usage.ru_maxrss / 1024, time.perf_counter() - start


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
