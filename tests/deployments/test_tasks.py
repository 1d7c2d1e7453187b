"""What beat asks for, and which workers do it."""

import pytest
from django.utils import timezone

from deployments import tasks
from deployments.actions.requests import request_deployment
from deployments.models import Deployment, Service
from registry_site.celery import app
from tests.deployments.runs import make_fake_service


def test_beat_sweeps_often_and_collects_now_and_then() -> None:
    planned = {entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()}

    ours = {task: seconds for task, seconds in planned.items() if task.startswith("deployments.")}
    assert ours == {
        "deployments.tasks.sweep": 10.0,
        "deployments.tasks.collect": 3600.0,
        "deployments.tasks.note_patterns": 900.0,
    }
    assert ours.keys() <= app.tasks.keys()


def test_builds_never_stand_before_a_publish() -> None:
    queues = {
        name: app.amqp.router.route({}, name)["queue"].name for name in app.tasks if not name.startswith("celery.")
    }

    assert {queue for name, queue in queues.items() if name.startswith("deployments.")} == {"deploy"}
    assert {queue for name, queue in queues.items() if name.startswith("catalog.")} == {"publish", "default"}
    assert queues["catalog.tasks.publish_snapshot"] == queues["catalog.tasks.sweep_publishing"] == "publish"
    assert app.amqp.queues.consume_from.keys() == {"publish", "default"}


@pytest.mark.usefixtures("in_process", "script")
def test_sweep_runs_what_a_dead_worker_left() -> None:
    dead = request_deployment(make_fake_service(), by=None)
    Deployment.objects.update(
        state="building", attempt=1, lease=dead.pk, lease_expires_at=timezone.now(), started_at=timezone.now()
    )

    tasks.sweep.delay()

    dead.refresh_from_db()
    assert (dead.state, dead.attempt, Service.objects.get().active) == ("succeeded", 2, dead)
