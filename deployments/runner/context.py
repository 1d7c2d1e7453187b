"""What a backend gets to see of a deployment; see `deployments.contract.Context`."""

import uuid
from collections.abc import Mapping

from deployments.contract import PermanentError
from deployments.models import Connection, Deployment, Secret
from deployments.runner.folders import cache_folder, work_folder
from deployments.runner.hold import Hold
from deployments.runner.logs import Log
from deployments.runner.secrets import open_secret
from deployments.sandbox.masking import Masker


class RunContext:
    """The context of one attempt. `step` is with every line of the log."""

    def __init__(self, deployment: Deployment, lease: uuid.UUID, *, hold: Hold, lines: Log) -> None:
        self.deployment_id, self.attempt = deployment.pk, deployment.attempt
        self.work, self.cache = work_folder(deployment.pk, lease), cache_folder(deployment.service_id)
        self.work.mkdir(parents=True)
        self.cache.mkdir(parents=True, exist_ok=True)
        self.step = "prepare"
        self.secrets_told: set[str] = set()
        self._service_id = deployment.service_id
        self._connection: Connection | None = None
        self._hold, self._lines, self._masker = hold, lines, Masker()

    def log(self, text: str) -> None:
        self._lines.add(self._masker.mask(text), step=self.step)

    def check(self) -> None:
        self._hold.check()

    def seconds_left(self) -> float:
        return self._hold.seconds_left()

    def use(self, connection: Connection) -> None:
        """From now on its secrets count where the service has none of the name."""
        self._connection = connection
        self.log(f"Using the connection {connection.name}.")

    def secret(self, reference: Mapping[str, str]) -> str:
        name = reference["$secret"]
        found = Secret.objects.filter(service=self._service_id, name=name).first()
        if found is None and self._connection is not None:
            found = Secret.objects.filter(connection=self._connection, name=name).first()
        if found is None:
            raise PermanentError(f"There is no secret {name!r}.", hint="Add it to the service, under this name.")
        value = open_secret(found)
        self.secrets_told.add(value)
        self._masker.add(value)
        return value

    def finish(self, end: Mapping[str, object]) -> None:
        """The last lines of the log: how it ended, in words."""
        self.step = "end"
        self.log(f"{end['state'].label}. {end.get('error_message', '')} {end.get('error_hint', '')}".strip())
        self._lines.flush()
