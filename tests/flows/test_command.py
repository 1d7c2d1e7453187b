"""Every example of client/CLI.md, run as it stands against a real registry."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.flows.deployers import DEPLOYER
from tests.flows.processes import ROOT, WORKER, Registry

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
BLOCK = re.compile(r"^```sh( setup)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = 31
SCOPES = (
    "entries:read", "entries:write", "entries:approve", "snapshots:publish",
    "services:read", "services:write", "deployments:read", "deployments:trigger",
)  # fmt: skip
WINDOW = {
    "name": "shop-window", "providerId": "inline", "builderId": "static", "targetId": "directory",
    "providerConfig": {"files": {"index.html": "<h1>Open</h1>"}}, "targetConfig": {"folder": "shop-window"},
    "changeNote": "The first window",
}  # fmt: skip


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


@pytest.fixture
def token(registry: Registry) -> str:
    made = registry.manage(
        "api_token", "make", "--owner", "administrator", "--name", "Examples", "--days", "1",
        *(word for scope in SCOPES for word in ("--scope", scope)),
    )  # fmt: skip
    found = re.search(r"reg_[a-z0-9]+_\S+", made)
    assert found is not None
    return found[0]


def commands() -> list[str]:
    page = (ROOT / "client" / "CLI.md").read_text(encoding="utf-8")
    blocks = [code for setup, code in BLOCK.findall(page) if not setup]
    return [line for block in blocks for line in block.splitlines() if "pip install" not in line]


def change_sanity(registry: Registry, token: str) -> None:
    """What somebody has written and approved."""
    with httpx.Client(base_url=f"{registry.address}/api/v1", headers={"Authorization": f"Bearer {token}"}) as api:
        body = {"document": {"monthly_cost_range": [70, 300]}, "change_note": "New price list"}
        assert api.patch("/providers/sanity", json=body, headers={"If-Match": '"1"'}).status_code == 200
        approved = api.post("/providers/sanity/approve", json={"number": 2}, headers={"If-Match": '"2"'})
        assert approved.status_code == 200
        assert api.post("/services", json=WINDOW).status_code == 201


def test_every_example_of_the_page_works(registry: Registry, token: str, tmp_path: Path) -> None:
    change_sanity(registry, token)
    folder = tmp_path / "somewhere"
    folder.mkdir()
    environment = {
        **registry.environment,
        "HOME": str(folder),
        "PYTHONPATH": f"{ROOT / 'client'}",
        "REGISTRY_URL": f"{registry.address}/registry",
        "REGISTRY_API_URL": f"{registry.address}/api/v1",
        "REGISTRY_TOKEN": token,
    }
    function = f'registry() {{ "{sys.executable}" -m registry_client.cli "$@"; }}\n'

    def run(command: str) -> "subprocess.CompletedProcess[str]":
        script = ["bash", "-c", function + command]
        return subprocess.run(
            script, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    ran = {command: run(command) for command in commands()}

    assert [(command, done.stdout, done.stderr) for command, done in ran.items() if done.returncode] == []
    assert len(commands()) == COMMANDS
    out = {command: done.stdout for command, done in ran.items()}
    assert out["registry list --json | head -1"] == "{\n"
    assert json.loads(out["registry show sanity --json"])["provider_name"] == "sanity"
    assert out["registry pull mirror"] == "mirror has serial 1: 46 entries\n"
    assert out["registry verify mirror"].startswith("Serial 1 is whole: ")
    assert len(out["registry list --url mirror"].splitlines()) == 46
    assert out["registry diff 1"] == "~ providers/cms/sanity\n    monthly_cost_range: $65-280 -> $70-300\n"
    assert "Serial 3 is live, and readers see it." in out[next(one for one in out if "was a draft" in one)]
    log = out["registry logs shop-window --follow"].splitlines()
    assert log[-1] == "end\tSucceeded."
    events = [json.loads(line)["event"] for line in out["registry logs shop-window --json"].splitlines()]
    assert events[-1] == "state"
    assert httpx.get(f"{registry.address}/registry/manifest.json").json()["serial"] == 3
