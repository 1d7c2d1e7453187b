"""What a backend is told and what it answers; imports no models.

A source backend fetches code, a build backend makes an artifact of it, a target backend makes the artifact live. They
meet the rest of the product in this module alone; `docs/writing-a-backend.md` takes a reader through it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Protocol
from uuid import UUID

from catalog.schemas.problems import Problem

API = 1


class Kind(StrEnum):
    """What goes from one backend to the next: files to build, files to serve, or an OCI image layout."""

    TREE = "tree"
    SITE = "site"
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class BackendInfo:
    """What people and machines are told about a backend.

    `schema` is the JSON Schema 2020-12 of its config; a field of the format `secret` takes `{"$secret": "NAME"}`.
    `api` is the version of this module that it was written for.
    """

    key: str
    version: str
    name: str
    summary: str
    schema: Mapping[str, Any] = field(default_factory=dict)
    icon: str = ""
    category: str = ""
    api: int = API

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    @property
    def spec(self) -> str:
        """What a catalogue row and a service name it by: `git@1`."""
        return f"{self.key}@{self.major}"


@dataclass(frozen=True, slots=True)
class Source:
    """Fetched code. `revision` never changes its meaning: a commit id, a digest."""

    path: Path
    revision: str
    ref: str = ""
    message: str = ""
    author: str = ""
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Artifact:
    """Something built: a folder of a site or of an OCI layout; `digest` covers names, modes and contents."""

    kind: Kind
    digest: str
    path: Path
    size_bytes: int
    files: int = 0
    meta: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Release:
    """An uploaded artifact that can be made live, and made live again. `url` is empty where there is none."""

    id: str
    url: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Detection:
    """That a builder fits a tree: `confidence` from 1 (maybe) to 5 (certainly), and the config to start with."""

    confidence: int
    config: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


class BackendError(Exception):
    """Base of what a backend raises on purpose. `hint` tells the person what to do about it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class TransientError(BackendError):
    """It may work later or elsewhere: the runner tries again, for fetch and build on another connection too."""

    def __init__(self, message: str, *, hint: str = "", retry_after_seconds: float = 5) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_seconds = retry_after_seconds


class PermanentError(BackendError):
    """It will not work until somebody changes something."""


class StoppedError(Exception):
    """The work is over, whatever it is doing: cancelled, out of time, or its lease was lost. Let it pass."""


class Context(Protocol):
    """A backend's only door to the outside. `work` is empty at the start and removed at the end; `cache` is kept for
    the service between its deployments, may vanish at any time, and must not be trusted.
    """

    deployment_id: UUID
    attempt: int
    work: Path
    cache: Path

    def log(self, text: str) -> None:
        """One or more lines of the deployment's log; secrets are masked."""

    def check(self) -> None:
        """Raise StoppedError if the work is to stop; call it in every long loop."""

    def seconds_left(self) -> float:
        """Until the deployment's time is over."""

    def secret(self, reference: Mapping[str, str]) -> str:
        """The value of `{"$secret": name}`; it is masked in the log from now on. PermanentError if there is none."""

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
        """Run somebody else's program in the sandbox: no network but the hosts of `egress`, nothing writable but `cwd`
        and `writable`; its output goes to the log.

        Raises PermanentError with its exit status, or with the reason where there is no sandbox; StoppedError.
        """

    def call(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        timeout_seconds: float | None = None,
    ) -> str:
        """Run a tool of ours that is trusted (git, buildah), outside the sandbox, with this environment and no other.

        Its standard output is the answer; standard error goes to the log. Raises CalledError; StoppedError.
        """


class CalledError(PermanentError):
    """A tool ended with a status that is not 0; `error_output` is the end of what it said."""

    def __init__(self, message: str, *, status: int, error_output: str) -> None:
        super().__init__(message)
        self.status, self.error_output = status, error_output


class Backend(Protocol):
    """What all three kinds have. `upgrade` turns a valid config of the major version before into one of this."""

    info: ClassVar[BackendInfo]

    def upgrade(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        return config

    def check_config(self, config: Mapping[str, Any]) -> list[Problem]:
        """What is wrong with a config that its schema cannot say. No network."""
        return []


class SourceBackend(Backend, Protocol):
    produces: ClassVar[frozenset[Kind]]

    def resolve(self, config: Mapping[str, Any], context: Context) -> str:
        """What the config names now, as a revision that never changes its meaning."""

    def fetch(self, config: Mapping[str, Any], revision: str, into: Path, context: Context) -> Source:
        """Put exactly this revision into the empty folder `into`."""


class BuildBackend(Backend, Protocol):
    accepts: ClassVar[frozenset[Kind]]
    produces: ClassVar[Kind]

    def detect(self, tree: Path) -> Detection | None:
        """Whether this builder fits the tree; reads names and small files only."""

    def build(self, source: Source, config: Mapping[str, Any], into: Path, context: Context) -> None:
        """Put the artifact's files into the empty folder `into`; the runner verifies and digests them."""


class TargetBackend(Backend, Protocol):
    accepts: ClassVar[frozenset[Kind]]

    def place(self, config: Mapping[str, Any]) -> str:
        """What it writes to with this config, for one service alone: names from the outermost to the innermost, with a
        slash between them, such as `s3/amazonaws.com/bucket/prefix`. Empty if any number may share it. No network.
        """
        return ""

    def upload(self, artifact: Artifact, config: Mapping[str, Any], context: Context) -> Release:
        """Bring it where it can be made live, under the deployment's id; again is harmless. What is live stays."""

    def probe(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        """Raise unless the release is whole and would be served."""

    def activate(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        """Make it live in one atomic step; again is harmless."""

    def remove(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        """Forget a release that is not live; again is harmless."""
