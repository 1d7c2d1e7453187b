"""What a backend gets to see of a deployment; see `deployments.contract.Context`."""

import uuid

from deployments.models import Connection, Deployment, DeploymentState, Secret
from deployments.runner.caches import ready_cache
from deployments.runner.folders import cache_folder, work_folder
from deployments.runner.hold import Hold
from deployments.runner.logs import Log
from deployments.runner.patience import insist
from deployments.runner.programs import ProgramContext


class RunContext(ProgramContext):
    """The context of one attempt. `step` is with every line of the log."""

    def __init__(self, deployment: Deployment, lease: uuid.UUID, *, hold: Hold, lines: Log) -> None:
        super().__init__()
        self.deployment_id, self.attempt = deployment.pk, deployment.attempt
        self.work, self.cache = work_folder(deployment.pk, lease), cache_folder(deployment.service_id)
        self._uses_cache = deployment.uses_cache
        self.step = "prepare"
        self._service_id = deployment.service_id
        self._hold, self._lines = hold, lines

    def make_folders(self) -> None:
        """The work folder, which is new, and the cache. Raises OSError."""
        self.work.mkdir(parents=True)
        ready_cache(self._service_id, is_wanted=self._uses_cache)

    def check(self) -> None:
        self._hold.check()

    def commit(self) -> None:
        """See `Hold.commit`."""
        self._hold.commit()

    def outlive_lease(self) -> None:
        """The lease is lost, and something is to be put right all the same: see `Hold.outlive`. Logs nothing more."""
        self._hold.outlive()
        self._lines.close()
        # A sweep has removed it.
        self.work.mkdir(parents=True, exist_ok=True)

    def seconds_left(self) -> float:
        return self._hold.seconds_left()

    def use(self, connection: Connection | None) -> None:
        """From now on what its config names as secrets are its own; None: those of no connection."""
        self.connection = connection
        if connection is not None:
            self.log(f"Using the connection {connection.name}.")

    def _find_secret(self, name: str) -> Secret | None:
        return Secret.objects.filter(service=self._service_id, name=name).first()

    def _say(self, line: str) -> None:
        self._lines.add(line, step=self.step)

    def finish(self, state: DeploymentState, *, message: str = "", hint: str = "") -> None:
        """The last line of the log: how it ended, in words."""
        self.step = "end"
        said = " ".join(part for part in (f"{state.label}.", message, hint) if part)
        self._lines.add(self.mask(said), step=self.step, is_end=True)
        insist(self._lines.flush)
