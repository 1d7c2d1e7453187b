"""Two web processes, two workers and two clocks on one PostgreSQL and one Redis, under load from many at once."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.catalog.publishing.crash.reader import torn
from tests.flows.processes import BEAT, WORKER, Registry, free_port, wait_for

pytestmark = [pytest.mark.services, pytest.mark.timeout(600)]
# More entries at once than five are a mass change, which asks for a second yes.
EDITORS, ROUNDS = 5, 4
MAKE_TOKEN = """
from django.contrib.auth.models import User
from catalog.actions.tokens import make_token
from catalog.models.clients import SCOPES
person = User.objects.create_superuser("owner")
scopes = [scope for scope in SCOPES if scope.startswith(("entries", "snapshots"))]
print(make_token(by=person, owner=person, name="Editors", scopes=scopes, days=1)[1])
"""
SLUGS = """
from catalog.models import Provider
print(*Provider.objects.order_by("key").values_list("key", flat=True)[:5])
"""

# Whoever was refused, as somebody else's publish was waiting, is taken along now; perhaps nobody was.
PUBLISH_THE_REST = """
from django.core.management import CommandError, call_command
try:
    call_command("publish", note="What is left")
except CommandError as error:
    assert "othing" in str(error), error
"""


@pytest.fixture
def ports() -> list[int]:
    return [free_port(), free_port()]


@pytest.fixture
def registry(tmp_path: Path, services: dict[str, str], ports: list[int]) -> Iterator[Registry]:
    limits = {"REGISTRY_LIMIT_TOKEN": "0", "REGISTRY_LIMIT_WRITES": "0"}
    registry = Registry(tmp_path, services | limits | {"REGISTRY_DATABASE_POOL": "8"})
    registry.manage("first_run", "--port", str(registry.port))
    for number, port in enumerate(ports):
        application = ("registry_site.asgi:application", "--host", "127.0.0.1", "--port", str(port))
        registry.start(f"web{number}", "-m", "uvicorn", *application, "--log-level", "warning")
        registry.start(f"worker{number}", *WORKER, "-n", f"worker{number}@localhost")
        registry.start(f"beat{number}", *BEAT)
    try:
        for port in ports:
            wait_for(partial(answers, port), what="A web process", seconds=90)
        yield registry
    finally:
        registry.stop()


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def has_ended(registry: Registry) -> bool:
    return all(state not in ("pending", "publishing") for _, state in registry.snapshots())


def sent_by(registry: Registry, name: str) -> int:
    return registry.log(name).count("Sending due task")


def edit_and_publish(port: int, token: str, key: str, editor: int) -> None:
    """Somebody who changes one entry again and again, approves each change and asks for a publish."""
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/api/v1/{key}"
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
        for turn in range(ROUNDS):
            etag = client.head(path, params={"state": "draft"}).headers["ETag"]
            change = {"document": {"best_for": f"Whoever asked {editor}, turn {turn}"}, "change_note": "Load"}
            changed = client.patch(path, json=change, headers={"If-Match": etag})
            assert changed.status_code == 200, changed.text
            number = int(changed.headers["ETag"].strip('W/"').split("-")[0])
            approval = {"number": number, "comment": "Load"}
            approved = client.post(f"{path}/approve", json=approval, headers={"If-Match": changed.headers["ETag"]})
            assert approved.status_code in (200, 201), approved.text
            asked = client.post("/api/v1/snapshots", json={"note": f"Editor {editor}, turn {turn}"})
            # Another one's publish may have taken the change along.
            assert asked.status_code in (202, 409, 422), asked.text


def test_many_processes_make_one_registry(registry: Registry, ports: list[int]) -> None:
    token = registry.python(MAKE_TOKEN).strip()
    keys = registry.python(SLUGS).split()

    with ThreadPoolExecutor(EDITORS) as pool:
        work = [pool.submit(edit_and_publish, ports[n % 2], token, keys[n], n) for n in range(EDITORS)]
        for each in work:
            each.result()
    wait_for(lambda: has_ended(registry), what="The end of all publishes", seconds=90)
    registry.python(PUBLISH_THE_REST)
    wait_for(lambda: has_ended(registry), what="The end of the last publish", seconds=90)

    serials = [serial for serial, state in registry.snapshots() if serial is not None]
    assert len(serials) == len(set(serials))
    assert sorted(serials) == list(range(1, len(serials) + 1))
    assert [state for _, state in registry.snapshots()].count("live") == 1
    assert torn(lambda path: fetch(registry, path)) == []
    for number, key in enumerate(keys):
        document = httpx.get(f"http://127.0.0.1:{ports[0]}/registry/{key}.json").json()
        assert document["best_for"] == f"Whoever asked {number}, turn {ROUNDS - 1}"


def test_one_clock_sends_and_another_goes_on_when_it_dies(registry: Registry) -> None:
    wait_for(lambda: sent_by(registry, "beat0") + sent_by(registry, "beat1"), what="The first task", seconds=60)
    leader, other = ("beat0", "beat1") if sent_by(registry, "beat0") else ("beat1", "beat0")
    before = sent_by(registry, leader)
    wait_for(lambda: sent_by(registry, leader) > before, what="The next task", seconds=40)

    assert sent_by(registry, other) == 0
    os.kill(registry.running[leader].pid, signal.SIGKILL)
    wait_for(lambda: sent_by(registry, other), what="Its successor", seconds=40)


def fetch(registry: Registry, path: str) -> bytes | None:
    file = registry.folder / "registry" / path
    return file.read_bytes() if file.exists() else None
