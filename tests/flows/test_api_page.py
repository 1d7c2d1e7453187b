"""Every example of docs/api.md, run as it stands against a real registry."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.flows.deployers import DEPLOYER
from tests.flows.processes import ROOT, WORKER, Registry, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
BLOCK = re.compile(r"^```sh( setup)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TASKS = 18


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    registry = Registry(tmp_path, {})
    registry.manage("first_run", "--port", str(registry.port))
    try:
        registry.start_web()
        registry.start("worker", *WORKER)
        registry.start("deployer", *DEPLOYER)
        yield registry
    finally:
        registry.stop()


def examples() -> list[str]:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    return [code for setup, code in BLOCK.findall(page) if not setup]


def run(registry: Registry, token: str, code: str) -> subprocess.CompletedProcess[str]:
    head = (
        f"set -euo pipefail\nAPI={registry.address}/api/v1\nTOKEN={token}\n" + 'AUTH="Authorization: Bearer $TOKEN"\n'
    )
    return subprocess.run(["bash", "-c", head + code], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not there: install Debian's package curl")
def test_every_example_of_the_page_works(registry: Registry) -> None:
    scopes = [
        "entries:read", "entries:write", "entries:approve", "snapshots:publish",
        "services:read", "services:write", "deployments:read", "deployments:trigger",
    ]  # fmt: skip
    made = registry.manage(
        "api_token", "make", "--owner", "administrator", "--name", "Examples", "--days", "1",
        *(word for scope in scopes for word in ("--scope", scope)),
    )  # fmt: skip
    found = re.search(r"reg_[a-z0-9]+_\S+", made)
    assert found is not None

    runs = [run(registry, found[0], code) for code in examples()]

    assert [(done.args[2], done.stderr) for done in runs if done.returncode] == []
    assert len(runs) >= TASKS
    assert runs[1].stdout == "304\n"
    assert '"valid":false' in runs[4].stdout.replace(" ", "")
    events = next(done.stdout for done in runs if "/events" in done.args[2])
    told = [line for line in events.splitlines() if line.startswith(("id", "event"))]
    assert (told[:2], told[-2:]) == (["id: 1", "event: line"], ["event: state", "event: done"])
    upload = json.loads(next(done.stdout for done in runs if "/uploads" in done.args[2]))
    assert (upload["receivedBytes"], upload["team"], len(upload["sha256"])) == (upload["sizeBytes"], None, 64)
    cost = f"{registry.address}/registry/providers/cms/sanity.json"
    wait_for(lambda: httpx.get(cost).json()["monthly_cost_range"] == [65, 280], what="The rollback")
    assert httpx.get(f"{registry.address}/registry/manifest.json").json()["serial"] == 3
    states = httpx.get(f"{registry.address}/api/v1/deployments", headers={"Authorization": f"Bearer {found[0]}"}).json()
    assert [(one["kind"], one["state"]) for one in states] == [("rollback", "succeeded"), ("deploy", "succeeded")]
