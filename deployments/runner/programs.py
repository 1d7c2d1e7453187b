"""Programs that a backend has run, for whichever context: watched, and what they say masked."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from deployments.contract import PermanentError
from deployments.models import Connection, Secret
from deployments.runner.lending import LentSecret
from deployments.runner.secrets import open_secret
from deployments.sandbox.bubblewrap import run_sandboxed
from deployments.sandbox.masking import Masker
from deployments.sandbox.processes import Watch
from deployments.sandbox.trusted import call_trusted


class ProgramContext:
    """The part of a `contract.Context` that runs programs and tells secrets.

    Those below it say where lines go, when work has to stop and who has secrets. `secrets_told` is what backends were
    told; `connection` what the step runs on, if there are any.
    """

    work: Path

    def __init__(self) -> None:
        self.secrets_told: set[str] = set()
        self.connection: Connection | None = None
        self._masker = Masker()

    def check(self) -> None:
        raise NotImplementedError

    def seconds_left(self) -> float:
        raise NotImplementedError

    def _say(self, line: str) -> None:
        """Take a line that is masked."""
        raise NotImplementedError

    def _find_secret(self, name: str) -> Secret | None:
        raise NotImplementedError

    def log(self, text: str) -> None:
        self._say(self.mask(text))

    def mask(self, text: str) -> str:
        """The text without the secrets that backends were told."""
        return self._masker.mask(text)

    def secret(self, reference: Mapping[str, str]) -> str:
        name = reference["$secret"]
        if isinstance(reference, LentSecret):
            found = Secret.objects.filter(connection=self.connection, name=name).first() if self.connection else None
            hint = "Ask whoever runs the registry: the connection has no secret of this name."
        else:
            # Never the connection's: a service would have it sent, or built in, wherever it likes.
            found, hint = self._find_secret(name), "Add it to the service, under this name."
        if found is None:
            raise PermanentError(f"There is no secret {name!r}.", hint=hint)
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
            self._say(ready)

    def _let_go(self) -> None:
        for ready in self._masker.flush():
            self._say(ready)
