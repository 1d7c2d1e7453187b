"""Every example of docs/api.md, run as it stands against a real registry."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.flows.processes import ROOT, WORKER, Registry, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
BLOCK = re.compile(r"^```sh( setup)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TASKS = 10
# Has said two lines and is over; of no team, so for who may see every service.
MAKE_DEPLOYMENT = """
from django.utils import timezone
from catalog.models import Builder, Provider
from deployments.models import Deployment, LogLine, Service
now = timezone.now()
service = Service.objects.create(
    name="example", provider=Provider.objects.get(key="providers/source/inline"),
    builder=Builder.objects.get(key="builders/static"), source_backend="inline@1", build_backend="static@1",
    target_backend="directory@1", created_at=now,
)
deployment = Deployment.objects.create(
    service=service, number=1, requested_at=now, after=now, state="succeeded", attempt=1, finished_at=now
)
for seq in (1, 2):
    LogLine.objects.create(deployment=deployment, seq=seq, at=now, attempt=1, step="build", text=f"line {seq}")
print(deployment.pk)
"""


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    registry = Registry(tmp_path, {})
    registry.manage("first_run", "--port", str(registry.port))
    try:
        registry.start_web()
        registry.start("worker", *WORKER)
        yield registry
    finally:
        registry.stop()


def examples() -> list[str]:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    return [code for setup, code in BLOCK.findall(page) if not setup]


def run(registry: Registry, token: str, deployment: str, code: str) -> subprocess.CompletedProcess[str]:
    known = f"API={registry.address}/api/v1\nTOKEN={token}\nDEPLOYMENT={deployment}\n"
    head = f"set -euo pipefail\n{known}" + 'AUTH="Authorization: Bearer $TOKEN"\n'
    return subprocess.run(["bash", "-c", head + code], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not there: install Debian's package curl")
def test_every_example_of_the_page_works(registry: Registry) -> None:
    scopes = ["entries:read", "entries:write", "entries:approve", "snapshots:publish"]
    scopes += ["services:write", "deployments:read"]
    made = registry.manage(
        "api_token", "make", "--owner", "administrator", "--name", "Examples", "--days", "1",
        *(word for scope in scopes for word in ("--scope", scope)),
    )  # fmt: skip
    found = re.search(r"reg_[a-z0-9]+_\S+", made)
    assert found is not None

    deployment = registry.python(MAKE_DEPLOYMENT).strip()

    runs = [run(registry, found[0], deployment, code) for code in examples()]

    assert [(done.args[2], done.stderr) for done in runs if done.returncode] == []
    assert len(runs) >= TASKS
    assert runs[1].stdout == "304\n"
    assert '"valid":false' in runs[4].stdout.replace(" ", "")
    events = next(done.stdout for done in runs if "/events" in done.args[2])
    assert [line for line in events.splitlines() if line.startswith(("id", "event"))] == [
        "id: 2", "event: line", "event: state", "event: done",
    ]  # fmt: skip
    upload = json.loads(next(done.stdout for done in runs if "/uploads" in done.args[2]))
    assert (upload["receivedBytes"], upload["team"], len(upload["sha256"])) == (upload["sizeBytes"], None, 64)
    cost = f"{registry.address}/registry/providers/cms/sanity.json"
    wait_for(lambda: httpx.get(cost).json()["monthly_cost_range"] == [65, 280], what="The rollback")
    assert httpx.get(f"{registry.address}/registry/manifest.json").json()["serial"] == 3
