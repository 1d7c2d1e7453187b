"""A context whose `run` is the real sandbox, and trees to build."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from deployments.contract import Source
from deployments.sandbox.bubblewrap import run_sandboxed
from deployments.sandbox.hosts import npm_host, split_place
from deployments.sandbox.limits import Limits
from deployments.sandbox.processes import Watch
from tests.deployments.contexts import PlainContext

# As they are before a test begins.
CONNECT, LOOK_UP = socket.socket.connect, socket.getaddrinfo


@dataclass
class BoxedContext(PlainContext):
    """As a deployment has it; `limits` may be changed."""

    limits: Limits = field(default_factory=lambda: Limits(disk_left_bytes=1 << 20))

    def run(self, argv: Sequence[str], *, timeout_seconds: float | None = None, **options: Any) -> None:
        watch = Watch(self.log, self.check, min(timeout_seconds or self.seconds, self.seconds_left()))
        run_sandboxed(argv, watch=watch, limits=self.limits, **options)


def source_of(folder: Path, files: Mapping[str, str]) -> Source:
    """A fetched source with these files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Source(folder, "revision")


def names_in(folder: Path) -> list[str]:
    """What is in it, folders left out."""
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()
    )


def real_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo what keeps tests from the network, for one that installs from the npm registry; skip where it is away."""
    host, port = split_place(npm_host())
    monkeypatch.setattr(socket.socket, "connect", CONNECT)
    monkeypatch.setattr(socket, "getaddrinfo", LOOK_UP)
    try:
        socket.create_connection((host, port or 443), timeout=5).close()
    except OSError as error:
        pytest.skip(f"Needs the npm registry, which does not answer: {error}")
