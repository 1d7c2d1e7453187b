"""What beat asks for, and which workers do it."""

import pytest
from django.utils import timezone

from deployments import tasks
from deployments.actions import requests
from deployments.models import Deployment, Service
from deployments.runner import hold
from registry_site.celery import app
from tests.deployments.fakes import Script
from tests.deployments.services import make_service


def test_beat_sweeps_often_and_collects_now_and_then() -> None:
    planned = {entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()}

    ours = {task: seconds for task, seconds in planned.items() if task.startswith("deployments.")}
    assert ours == {"deployments.tasks.sweep": 10.0, "deployments.tasks.collect": 3600.0}
    assert ours.keys() <= app.tasks.keys()


def test_builds_never_stand_before_a_publish() -> None:
    queues = {
        name: app.amqp.router.route({}, name)["queue"].name for name in app.tasks if not name.startswith("celery.")
    }

    assert {queue for name, queue in queues.items() if name.startswith("deployments.")} == {"deploy"}
    assert {queue for name, queue in queues.items() if name.startswith("catalog.")} == {"celery"}


@pytest.mark.usefixtures("flushable")
def test_sweep_runs_what_a_dead_worker_left(script: type[Script], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "poke", lambda pk: None)
    monkeypatch.setattr(hold, "POLL_SECONDS", 60)
    fake = {f"{kind}_backend": "fake@1" for kind in ("source", "build", "target")}
    service = make_service(**fake, target_config={})
    dead = requests.request_deployment(service, by=None)
    Deployment.objects.update(
        state="building", attempt=1, lease=dead.pk, lease_expires_at=timezone.now(), started_at=timezone.now()
    )

    tasks.sweep.delay()

    dead.refresh_from_db()
    assert (dead.state, dead.attempt, Service.objects.get().active) == ("succeeded", 2, dead)
