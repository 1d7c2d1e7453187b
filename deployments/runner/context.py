"""What a backend gets to see of a deployment; see `deployments.contract.Context`."""

import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from deployments.contract import PermanentError
from deployments.models import Connection, Deployment, DeploymentState, Secret
from deployments.runner.caches import ready_cache
from deployments.runner.folders import cache_folder, work_folder
from deployments.runner.hold import Hold
from deployments.runner.logs import Log
from deployments.runner.patience import insist
from deployments.runner.secrets import open_secret
from deployments.sandbox.bubblewrap import run_sandboxed
from deployments.sandbox.masking import Masker
from deployments.sandbox.processes import Watch
from deployments.sandbox.trusted import call_trusted


class RunContext:
    """The context of one attempt. `step` is with every line of the log, `secrets_told` is what backends were told,
    `connection` what the step runs on, if there are any.
    """

    def __init__(self, deployment: Deployment, lease: uuid.UUID, *, hold: Hold, lines: Log) -> None:
        self.deployment_id, self.attempt = deployment.pk, deployment.attempt
        self.work, self.cache = work_folder(deployment.pk, lease), cache_folder(deployment.service_id)
        self._uses_cache = deployment.uses_cache
        self.step = "prepare"
        self.secrets_told: set[str] = set()
        self._service_id = deployment.service_id
        self.connection: Connection | None = None
        self._hold, self._lines, self._masker = hold, lines, Masker()

    def make_folders(self) -> None:
        """The work folder, which is new, and the cache. Raises OSError."""
        self.work.mkdir(parents=True)
        ready_cache(self._service_id, is_wanted=self._uses_cache)

    def log(self, text: str) -> None:
        self._lines.add(self.mask(text), step=self.step)

    def mask(self, text: str) -> str:
        """The text without the secrets that backends were told."""
        return self._masker.mask(text)

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
        """From now on its secrets count where the service has none of the name; None: those of no connection."""
        self.connection = connection
        if connection is not None:
            self.log(f"Using the connection {connection.name}.")

    def secret(self, reference: Mapping[str, str]) -> str:
        name = reference["$secret"]
        found = Secret.objects.filter(service=self._service_id, name=name).first()
        if found is None and self.connection is not None:
            found = Secret.objects.filter(connection=self.connection, name=name).first()
        if found is None:
            raise PermanentError(f"There is no secret {name!r}.", hint="Add it to the service, under this name.")
        value = open_secret(found)
        self.secrets_told.add(value)
        self._masker.add(value)
        return value

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        writable: Sequence[Path] = (),
        readable: Sequence[Path] = (),
        egress: Sequence[str] = (),
        timeout_seconds: float | None = None,
    ) -> None:
        watch = self._watch(timeout_seconds)
        try:
            run_sandboxed(argv, cwd=cwd, watch=watch, env=env, writable=writable, readable=readable, egress=egress)
        finally:
            self._let_go()

    def call(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        timeout_seconds: float | None = None,
    ) -> str:
        try:
            return call_trusted(argv, cwd=cwd, env=env or {}, watch=self._watch(timeout_seconds), work=self.work)
        finally:
            self._let_go()

    def finish(self, state: DeploymentState, *, message: str = "", hint: str = "") -> None:
        """The last line of the log: how it ended, in words."""
        self.step = "end"
        said = " ".join(part for part in (f"{state.label}.", message, hint) if part)
        self._lines.add(self.mask(said), step=self.step, is_end=True)
        insist(self._lines.flush)

    def _watch(self, timeout_seconds: float | None) -> Watch:
        left = self.seconds_left()
        return Watch(
            on_line=self._take,
            check=self.check,
            timeout_seconds=min(left, timeout_seconds) if timeout_seconds else left,
        )

    def _take(self, line: str) -> None:
        """A line of a program: a secret may go on in the next, so it may be kept back for a moment."""
        for ready in self._masker.feed(line):
            self._lines.add(ready, step=self.step)

    def _let_go(self) -> None:
        for ready in self._masker.flush():
            self._lines.add(ready, step=self.step)
