"""A sandbox for tests, and a look at what runs on this machine."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deployments.contract import StoppedError
from deployments.sandbox.bubblewrap import run_sandboxed
from deployments.sandbox.limits import Limits
from deployments.sandbox.processes import Watch

LIMITS = Limits(disk_left_bytes=1 << 20)


@dataclass
class Box:
    """Runs shell commands in a sandbox whose folder is `folder`; what they say is in `lines`."""

    folder: Path
    lines: list[str] = field(default_factory=list)
    check: Callable[[], None] = lambda: None
    timeout_seconds: float = 30

    def run(self, script: str, **options: Any) -> list[str]:
        return self.run_program(["sh", "-c", script], **options)

    def run_program(self, argv: Sequence[str], *, limits: Limits = LIMITS, **options: Any) -> list[str]:
        self.lines.clear()
        watch = Watch(self.lines.append, self.check, self.timeout_seconds)
        run_sandboxed(argv, cwd=self.folder, watch=watch, limits=limits, **options)
        return list(self.lines)


def processes_of(word: str) -> list[str]:
    """What of this machine has the word in its command line, but for tests themselves."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if word in line and "pytest" not in line:
            found.append(line)
    return found


def stop_after(seconds: float) -> Callable[[], None]:
    ends_at = time.monotonic() + seconds

    def check() -> None:
        if time.monotonic() > ends_at:
            raise StoppedError

    return check


def wait_until(happened: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < ends_at
        time.sleep(0.02)
