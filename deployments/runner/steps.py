"""One attempt at a deployment, step by step: resolve, fetch, build, verify, keep, upload, probe, flip, activate.

Each step begins with a write that names the lease; what a backend raises is turned into the deployment's end by
`attempts`. Reference: deployments.md, A.2.
"""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.utils import timezone

from deployments.builds import get_build
from deployments.contract import Artifact, Backend, Kind, PermanentError, Release, Source, TransientError
from deployments.models import Artifact as ArtifactRow
from deployments.models import BackendKind, Connection, Deployment, DeploymentState
from deployments.runner.artifacts import Caps, keep, verify
from deployments.runner.claims import record
from deployments.runner.context import RunContext
from deployments.runner.flips import give_back, take_over
from deployments.runner.folders import remove_tree
from deployments.runner.preparing import checked_config
from deployments.runner.routing import candidates, note_failure, note_success, occupy
from deployments.sources import get_source
from deployments.targets import get_target

Answer = TypeVar("Answer")


class Attempt:
    """What the steps of one attempt share."""

    def __init__(self, deployment: Deployment, lease: uuid.UUID, context: RunContext) -> None:
        self.deployment, self.lease, self.context = deployment, lease, context
        self.service = deployment.service
        self.steps: list[dict[str, Any]] = list(deployment.steps)

    def record(self, **values: Any) -> None:
        record(self.deployment.pk, self.lease, **values)
        for name, value in values.items():
            setattr(self.deployment, name, value)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Its name is with every line of the log; how long it took is kept, however it ends."""
        self.context.step = name
        self.context.check()
        began = time.monotonic()
        try:
            yield
        finally:
            self.steps.append({"step": name, "seconds": round(time.monotonic() - began, 3)})
        self.record(steps=self.steps)


def run_steps(attempt: Attempt) -> None:
    """From wherever the deployment is to live. Raises what a backend raises, LostLeaseError, StoppedError."""
    deployment = attempt.deployment
    if deployment.service.active_id == deployment.pk:
        # An earlier attempt died between the flip and the end.
        activate(attempt)
        return
    artifact = kept_artifact(deployment) or make_artifact(attempt)
    make_live(attempt, artifact)


def kept_artifact(deployment: Deployment) -> Artifact | None:
    """What an earlier attempt built, or what a rollback brings back; None if nothing was built.

    Raises PermanentError if it is gone.
    """
    row = deployment.artifact
    if row is None:
        return None
    path: Path = settings.REGISTRY_ARTIFACT_DIR / row.digest
    if row.collected_at is not None or not path.is_dir():
        raise PermanentError("What was built then is no longer kept.", hint="Deploy it again instead.")
    return Artifact(Kind(row.kind), row.digest, path, row.size_bytes, row.files, row.meta)


def make_artifact(attempt: Attempt) -> Artifact:
    """Fetch and build."""
    source = fetch(attempt)
    attempt.record(state=DeploymentState.BUILDING)
    return build(attempt, source)


def fetch(attempt: Attempt) -> Source:
    backend = get_source(attempt.deployment.service.source_backend)
    folder = attempt.context.work / "source"

    def fetch_with(config: Mapping[str, Any]) -> Source:
        with attempt.step("resolve"):
            revision = attempt.deployment.revision or backend.resolve(config, attempt.context)
            attempt.record(revision=revision)
            attempt.context.log(f"Source is {revision}.")
        with attempt.step("fetch"):
            empty(folder)
            return backend.fetch(config, revision, folder, attempt.context)

    return failing_over(attempt, BackendKind.SOURCE, backend, fetch_with)


def build(attempt: Attempt, source: Source) -> Artifact:
    backend = get_build(attempt.deployment.service.build_backend)
    folder = attempt.context.work / "output"

    def build_with(config: Mapping[str, Any]) -> None:
        with attempt.step("build"):
            empty(folder)
            backend.build(source, config, folder, attempt.context)

    failing_over(attempt, BackendKind.BUILD, backend, build_with)
    with attempt.step("verify"):
        secrets = attempt.context.secrets_told
        made = verify(folder, backend.produces, secrets=secrets, check=attempt.context.check, caps=Caps())
        path = keep(made, settings.REGISTRY_ARTIFACT_DIR)
        row, _ = ArtifactRow.objects.update_or_create(
            digest=made.digest,
            defaults={"kind": made.kind, "size_bytes": made.size_bytes, "files": made.files, "collected_at": None},
            create_defaults={
                "kind": made.kind, "size_bytes": made.size_bytes, "files": made.files, "created_at": timezone.now(),
            },
        )  # fmt: skip
        attempt.record(artifact=row)
        attempt.context.log(f"Built {made.files:,} files, {made.size_bytes:,} bytes; digest {made.digest}.")
    return Artifact(made.kind, made.digest, path, made.size_bytes, made.files)


def make_live(attempt: Attempt, artifact: Artifact) -> None:
    """Upload, probe, flip, activate. A target never fails over: it would be live in two places."""
    backend = get_target(attempt.service.target_backend)
    config = checked_config(attempt.deployment, BackendKind.TARGET, backend)
    attempt.record(state=DeploymentState.DEPLOYING)
    if artifact.kind not in backend.accepts:
        raise PermanentError(f"{backend.info.name} takes no {artifact.kind}.", hint="Choose another builder or target.")
    with attempt.step("upload"):
        release = backend.upload(artifact, config, attempt.context)
        # Whatever comes of it: retention finds it by this.
        attempt.record(release=asdict(release))
    with attempt.step("probe"):
        backend.probe(release, config, attempt.context)
    attempt.context.check()
    take_over(attempt.deployment, attempt.lease)
    activate(attempt)


def activate(attempt: Attempt) -> None:
    """Let the target follow the database; if it refuses for good, what was live before is live again."""
    deployment, context = attempt.deployment, attempt.context
    backend = get_target(attempt.service.target_backend)
    config = checked_config(deployment, BackendKind.TARGET, backend)
    with attempt.step("activate"):
        try:
            backend.activate(Release(**deployment.release), config, context)
        except PermanentError:
            before = give_back(deployment, attempt.lease)
            if before is not None:
                context.log(f"Deployment {before.number} stays live.")
                backend.activate(Release(**before.release), config, context)
            raise


def failing_over(
    attempt: Attempt, kind: BackendKind, backend: Backend, work: Callable[[Mapping[str, Any]], Answer]
) -> Answer:
    """Do it on the best connection, and on the next after each transient failure; without connections, once as it is.

    Each hop is logged. Raises what the last one raised, or TransientError if all are full or rest.
    """
    deployment, context, spec = attempt.deployment, attempt.context, backend.info.spec
    routing = attempt.service.routing.get(kind, {})
    if not Connection.objects.filter(kind=kind, backend=spec, is_enabled=True).exists():
        return work(checked_config(deployment, kind, backend))
    last: TransientError | None = None
    for connection in candidates(kind, spec, routing, attempt.service.pk):
        if not occupy(connection, deployment.pk, attempt.lease):
            continue
        context.use(connection)
        try:
            answer = work(checked_config(deployment, kind, backend, connection))
        except TransientError as error:
            note_failure(connection)
            context.log(f"{connection.name} failed: {error}")
            last = error
            continue
        note_success(connection)
        return answer
    raise last or TransientError("Every connection that fits is busy or rests.", retry_after_seconds=15)


def empty(folder: Path) -> None:
    """An empty folder, whatever an earlier try left."""
    remove_tree(folder)
    folder.mkdir(parents=True)
