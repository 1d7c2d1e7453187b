"""What the steps of one attempt share."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from deployments.models import Deployment
from deployments.runner.claims import record
from deployments.runner.context import RunContext
from deployments.runner.patience import insist


class Attempt:
    """Writes name its lease; see `claims`. `told` is the deployment that its target was last told to serve, perhaps in
    vain; `is_live` if the target took this one.
    """

    def __init__(self, deployment: Deployment, lease: uuid.UUID, context: RunContext) -> None:
        self.deployment, self.lease, self.context = deployment, lease, context
        self.service = deployment.service
        self.steps: list[dict[str, Any]] = list(deployment.steps)
        self.told: uuid.UUID | None = None
        self.is_live = False

    def record(self, **values: Any) -> None:
        insist(lambda: record(self.deployment.pk, self.lease, **values))
        for name, value in values.items():
            setattr(self.deployment, name, value)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Its name is with every line of the log; where it ran and for how long is kept, at the latest with the end."""
        self.context.step = name
        self.context.check()
        began = time.monotonic()
        try:
            yield
        finally:
            seconds, used = round(time.monotonic() - began, 3), self.context.connection
            self.steps.append({"step": name, "connection": used.name if used else None, "seconds": seconds})
        self.record(steps=self.steps)
