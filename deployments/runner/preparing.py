"""What a deployment runs with is written down before it runs: backends, configs, digests of schemas, the serial."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from catalog.models import CatalogEntry, Snapshot
from catalog.models.snapshots import SnapshotState
from catalog.schemas.configs import Judgement, judge_config
from deployments.contract import Backend, PermanentError
from deployments.models import BackendKind, Connection, Deployment, Service
from deployments.runner.choices import chosen_backends, refuse_misfits
from deployments.runner.claims import record
from deployments.runner.lending import config_on, lending_problems
from deployments.runner.places import refuse_shared
from deployments.runner.routing import has_connections


def prepare(deployment: Deployment, lease: uuid.UUID) -> None:
    """Judge what it is to run with, and keep it; an attempt after the first runs with the same.

    Raises BackendMissingError, PermanentError, LostLeaseError.
    """
    chosen = chosen_backends(deployment)
    backends = chosen.by_kind()
    if not deployment.configs:
        deployment.configs = configs_of(deployment)
    # What an attempt before this one built with stays beside it.
    deployment.backends |= {
        kind: {"backend": backend.info.spec, "version": backend.info.version} for kind, backend in backends.items()
    }
    refuse_misfits(chosen)
    for kind, backend in backends.items():
        if not has_connections(kind, backend.info.spec):
            # With a connection its config counts too; that is judged when one is chosen.
            checked_config(deployment, kind, backend)
    place = chosen.target.place(deployment.configs[BackendKind.TARGET])
    with transaction.atomic():
        refuse_shared(deployment, place)
        record(
            deployment.pk,
            lease,
            place=place,
            configs=deployment.configs,
            backends=deployment.backends,
            schemas=deployment.schemas | {kind: digest_of(each.info.schema) for kind, each in backends.items()},
            registry_serial=Snapshot.objects.filter(state=SnapshotState.LIVE).values_list("serial", flat=True).first(),
        )


def checked_config(
    deployment: Deployment, kind: str, backend: Backend, connection: Connection | None = None
) -> dict[str, Any]:
    """The config it runs with, below that of the connection. Raises PermanentError with everything that is wrong."""
    config: dict[str, Any] = deployment.configs[kind]
    refused = lending_problems(connection, config, backend) if connection else []
    config = config_on(connection, config) if connection else dict(config)
    problems = refused or judge_with(backend, row_of(deployment.service, kind), config).errors
    if problems:
        message = "; ".join(f"{kind}{problem.path}: {problem.message}" for problem in problems)
        hint = (
            "Deploy the service as it is now instead."
            if deployment.artifact_of_id
            else "Change the config of the service."
        )
        raise PermanentError(message, hint=hint)
    return config


def configs_of(deployment: Deployment) -> dict[str, Any]:
    """Of the service as it is now; a rollback deploys with what it brings back was deployed with."""
    if deployment.artifact_of is not None:
        return dict(deployment.artifact_of.configs)
    service = deployment.service
    return {
        BackendKind.SOURCE: with_defaults(service.provider, service.source_config),
        BackendKind.BUILD: with_defaults(service.builder, service.build_config),
        BackendKind.TARGET: service.target_config,
    }


def row_of(service: Service, kind: str) -> CatalogEntry | None:
    """The catalogue's row of this side of a service; a target has none."""
    rows: dict[str, CatalogEntry] = {BackendKind.SOURCE: service.provider, BackendKind.BUILD: service.builder}
    return rows.get(kind)


def schema_of_row(row: CatalogEntry | None) -> dict[str, Any]:
    """Its config schema as it is live; a draft of it counts only where nothing is live yet."""
    revision = row and (row.live_revision or row.latest_revision)
    return dict(revision.document.get("config_schema", {})) if revision else {}


def with_defaults(row: CatalogEntry | None, config: Mapping[str, Any]) -> dict[str, Any]:
    """The config, and what the row's schema says of what it leaves out: the catalogue's commands of a generator."""
    parts = schema_of_row(row).get("properties", {})
    said = {name: part["default"] for name, part in parts.items() if isinstance(part, dict) and "default" in part}
    return {**said, **config}


def judge_with(backend: Backend, row: CatalogEntry | None, config: Mapping[str, Any]) -> Judgement:
    """What is wrong with a config by the schemas of the backend and of its row, then by the backend itself."""
    # The row's schema may only narrow the backend's, and is what people were shown: of one thing, it has the say.
    judgements = [judge_config(schema, config) for schema in (backend.info.schema, schema_of_row(row))]
    said = {(problem.path, problem.code) for problem in judgements[1].errors}
    errors = {*judgements[1].errors, *(each for each in judgements[0].errors if (each.path, each.code) not in said)}
    errors |= set() if errors else set(backend.check_config(config))
    warnings = {problem for each in judgements for problem in each.warnings}
    return Judgement(tuple(sorted(errors)), tuple(sorted(warnings)))


def digest_of(schema: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(schema, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
