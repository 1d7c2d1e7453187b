"""`make run`'s processes: one group in the foreground, which Ctrl-C ends whole."""

import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.processes import Registry, wait_for

pytestmark = pytest.mark.timeout(120)
NAMES = ("web", "worker", "deployer", "beat")
STARTED = re.compile(r"(web|worker|deployer|beat)\.1 started \(pid=(\d+)\)")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    registry = Registry(tmp_path, {})
    registry.manage("first_run", "--port", str(registry.port))
    yield registry
    registry.stop()


def start_all(registry: Registry) -> dict[str, int]:
    """Starts the Procfile as `make run` does; name -> process id."""
    commands = Path(sys.executable).parent
    path = f"{commands}{os.pathsep}{registry.environment['PATH']}"
    registry.start("all", str(commands / "honcho"), "start", PATH=path, REGISTRY_PORT=str(registry.port))
    wait_for(registry.answers, what="The web process")
    return {name: int(pid) for name, pid in STARTED.findall(registry.log("all"))}


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_ctrl_c_stops_web_worker_and_beat(registry: Registry) -> None:
    pids = start_all(registry)
    assert {name: is_running(pid) for name, pid in pids.items()} == dict.fromkeys(NAMES, True)

    registry.running["all"].send_signal(signal.SIGINT)

    registry.running["all"].wait(timeout=30)
    assert {name: is_running(pid) for name, pid in pids.items()} == dict.fromkeys(NAMES, False)
