"""A deployer for tests whose leases are short, and that is killed where `DEPLOYER_DIES` says (`before activate`).

`celery -A tests.flows.quick_deployer worker --queues deploy`. The product knows neither.
"""

import os
import signal
from datetime import timedelta
from typing import Any

import django

from registry_site.celery import app

django.setup()

from deployments.runner import claims, hold, steps  # noqa: E402 - needs Django

__all__ = ["app"]
SECONDS = float(os.environ.get("DEPLOYER_LEASE", "4"))
claims.LEASE = timedelta(seconds=SECONDS)
hold.RENEW_SECONDS = SECONDS / 8
hold.BLIND_SECONDS = SECONDS * 0.7
app.conf.beat_schedule = {"sweep": {"task": "deployments.tasks.sweep", "schedule": 1.0}}


def die(*_arguments: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if os.environ.get("DEPLOYER_DIES") == "before activate":
    steps.activate = die  # type: ignore[assignment, attr-defined]
