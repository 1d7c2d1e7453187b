"""Our own tools (git, buildah), outside the sandbox; what strangers make them do is watched all the same."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from deployments.sandbox.limits import Limits, SpaceWatch, read_limits
from deployments.sandbox.memory import MemoryWatch
from deployments.sandbox.processes import Watch, call_program


def call_trusted(
    argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], watch: Watch, work: Path, limits: Limits | None = None
) -> str:
    """As `call_program`, but ended if it fills `work`, the disk or memory: raises as `SpaceWatch` and `MemoryWatch`."""
    limits = limits or read_limits()
    space, memory = SpaceWatch([work], limits=limits), MemoryWatch(most_bytes=limits.memory_bytes)

    def check() -> None:
        watch.check()
        space.check()
        memory.check()

    return call_program(argv, cwd=cwd, env=env, watch=replace(watch, check=check))
