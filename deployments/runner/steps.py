"""One attempt at a deployment, step by step: resolve, fetch, build, verify, keep, upload, probe, flip, activate.

Each step begins with a write that names the lease; what a backend raises is turned into the deployment's end by
`running`. Reference: deployments.md, A.2.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from deployments.configs.words import counted
from deployments.contract import Artifact, Kind, PermanentError, Source
from deployments.models import Artifact as ArtifactRow
from deployments.models import BackendKind, Deployment, DeploymentState
from deployments.runner.activation import activate
from deployments.runner.artifacts import Caps, keep, stage, verify
from deployments.runner.attempt import Attempt
from deployments.runner.choices import build_of, source_of, target_of
from deployments.runner.failover import failing_over
from deployments.runner.flips import take_over
from deployments.runner.folders import remove_tree
from deployments.runner.patience import insist
from deployments.runner.preparing import checked_config, prepare


def run_steps(attempt: Attempt) -> None:
    """From wherever the deployment is to live. Raises what a backend raises, LostLeaseError, StoppedError."""
    deployment = attempt.deployment
    if deployment.service.active_id == deployment.pk:
        # An earlier attempt died or failed between the flip and the end; what it runs with was judged then.
        activate(attempt)
        return
    prepare(deployment, attempt.lease)
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
    backend = source_of(attempt.deployment)
    folder = attempt.context.work / "source"

    def fetch_with(config: Mapping[str, Any]) -> Source:
        with attempt.step("resolve"):
            revision = attempt.deployment.revision or backend.resolve(config, attempt.context)
            attempt.record(revision=revision)
            attempt.context.log(f"Source is {revision}.")
        with attempt.step("fetch"):
            empty(folder)
            return backend.fetch(config, revision, folder, attempt.context)

    return failing_over(attempt, BackendKind.SOURCE, backend, work=fetch_with)


def build(attempt: Attempt, source: Source) -> Artifact:
    backend = build_of(attempt.deployment)
    folder = attempt.context.work / "output"

    def build_with(config: Mapping[str, Any]) -> None:
        with attempt.step("build"):
            empty(folder)
            backend.build(source, config, folder, attempt.context)

    failing_over(attempt, BackendKind.BUILD, backend, work=build_with)
    with attempt.step("verify"):
        secrets = attempt.context.secrets_told
        made = verify(folder, backend.produces, secrets=secrets, check=attempt.context.check, caps=Caps())
        path = keep_artifact(attempt, made)
        size = f"{counted(made.files, 'file')}, {counted(made.size_bytes, 'byte')}"
        attempt.context.log(f"Built {size}; digest {made.digest}.")
    return Artifact(made.kind, made.digest, path, made.size_bytes, made.files)


def keep_artifact(attempt: Attempt, made: Artifact) -> Path:
    """Put it into the store and into its row, both under the row's lock: the collector takes the same lock."""
    staged, kept = stage(made, settings.REGISTRY_ARTIFACT_DIR), settings.REGISTRY_ARTIFACT_DIR / made.digest
    described = {"kind": made.kind, "size_bytes": made.size_bytes, "files": made.files}
    try:
        with transaction.atomic():
            row, _ = ArtifactRow.objects.update_or_create(
                digest=made.digest,
                defaults={**described, "collected_at": None},
                create_defaults={**described, "created_at": timezone.now()},
            )
            attempt.record(artifact=row)
            keep(staged, kept)
    finally:
        # Nobody else knows of it, and it may not have got its name.
        remove_tree(staged)
    return kept


def make_live(attempt: Attempt, artifact: Artifact) -> None:
    """Upload, probe, flip, activate. A target never fails over: it would be live in two places."""
    backend = target_of(attempt.deployment)
    config = checked_config(attempt.deployment, BackendKind.TARGET, backend)
    attempt.record(state=DeploymentState.DEPLOYING)
    with attempt.step("upload"):
        release = backend.upload(artifact, config, attempt.context)
        # Whatever comes of it: retention finds it by this.
        attempt.record(release=asdict(release))
    with attempt.step("probe"):
        backend.probe(release, config, attempt.context)
    attempt.context.commit()
    insist(lambda: take_over(attempt.deployment, attempt.lease))
    activate(attempt)


def empty(folder: Path) -> None:
    """An empty folder, whatever an earlier try left."""
    remove_tree(folder)
    folder.mkdir(parents=True)
