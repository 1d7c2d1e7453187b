"""One request id joins the lines of gunicorn's web process, of the worker and the audit log, and names the snapshot."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.flows.processes import WORKER, Registry, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
REQUEST_ID = "story-of-one-publish"
MAKE_TOKEN = """
from django.contrib.auth.models import User
from catalog.actions.tokens import make_token
person = User.objects.create_superuser("owner")
print(make_token(by=person, owner=person, name="Publisher", scopes=["snapshots:publish", "entries:read"], days=1)[1])
"""


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    registry = Registry(tmp_path, {"REGISTRY_LOG_FORMAT": "json"})
    for command in ("migrate", "create_roles", "load_starter_catalog"):
        registry.manage(command)
    application = ("--config", "python:registry_site.serving", "registry_site.asgi:application")
    registry.start("web", "-m", "gunicorn", *application, "--workers", "1", "--bind", f"127.0.0.1:{registry.port}")
    registry.start("worker", *WORKER)
    try:
        wait_for(registry.answers, what="The web process", seconds=60)
        yield registry
    finally:
        registry.stop()


# Celery says it to a terminal, on standard output.
GOODBYE = ["", "worker: Warm shutdown (MainProcess)"]


def events_of(registry: Registry, name: str) -> list[dict[str, Any]]:
    """Every line is an event, but the worker's goodbye."""
    return [json.loads(line) for line in registry.log(name).splitlines() if line not in GOODBYE]


def test_a_request_id_leads_to_the_publish_that_it_asked_for(registry: Registry) -> None:
    token = registry.python(MAKE_TOKEN).strip()
    headers = {"Authorization": f"Bearer {token}", "X-Request-ID": REQUEST_ID, "Idempotency-Key": "once-and-for-all"}

    answer = httpx.post(f"{registry.address}/api/v1/snapshots", headers=headers, json={"note": "First"}, timeout=30)
    assert answer.status_code == 202, answer.text
    wait_for(lambda: registry.snapshots() == [(1, "live")], what="The publish", seconds=60)
    registry.stop()

    done = [event for event in events_of(registry, "worker") if event["logger"] == "catalog.publishing.publish"]
    assert [(event["request_id"], event["task"]) for event in done] == [(REQUEST_ID, "catalog.tasks.publish_snapshot")]
    assert done[0]["snapshot"] == int(answer.headers["Location"].rsplit("/", 1)[1])
    assert {event["logger"] for event in events_of(registry, "web")} >= {"gunicorn.error"}
    audited = "from catalog.models import AuditRecord; print(AuditRecord.objects.filter(request_id={!r}).count())"
    assert int(registry.python(audited.format(REQUEST_ID))) > 0
