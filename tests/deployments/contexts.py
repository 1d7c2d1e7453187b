"""A context for tests of backends: no sandbox, no database, no mask."""

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

from deployments.contract import CalledError, PermanentError, StoppedError


@dataclass
class PlainContext:
    """Keeps what is logged in `lines`; `stop` makes the next `check` raise; `run` is `call`."""

    work: Path
    cache: Path
    secrets: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 60
    deployment_id: UUID = field(default_factory=uuid4)
    attempt: int = 1
    lines: list[str] = field(default_factory=list)
    is_stopped: bool = False

    def __post_init__(self) -> None:
        self._ends_at = time.monotonic() + self.seconds

    def log(self, text: str) -> None:
        self.lines += text.splitlines()

    def check(self) -> None:
        if self.is_stopped or self.seconds_left() <= 0:
            raise StoppedError

    def seconds_left(self) -> float:
        return self._ends_at - time.monotonic()

    def secret(self, reference: Mapping[str, str]) -> str:
        name = reference["$secret"]
        if name not in self.secrets:
            raise PermanentError(f"There is no secret {name}.", hint="Add it to the service.")
        return self.secrets[name]

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
        self.log(self.call(argv, cwd=cwd, env=env, timeout_seconds=timeout_seconds))

    def call(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        timeout_seconds: float | None = None,
    ) -> str:
        seconds = min(timeout_seconds or self.seconds, self.seconds_left())
        try:
            done = subprocess.run(
                argv, cwd=cwd, env={**(env or {})}, capture_output=True, text=True, timeout=seconds, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise StoppedError from error
        self.log(done.stderr)
        if done.returncode:
            message = f"{argv[0]} ended with status {done.returncode}."
            raise CalledError(message, status=done.returncode, error_output=done.stderr[-4_000:])
        return done.stdout
