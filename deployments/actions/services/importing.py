"""Services of the system before this one become services here: all of a file, or none of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction

from catalog.actions.revisions import Change
from catalog.models import Builder, Provider
from catalog.models.choices import ProviderType
from catalog.models.history import RevisionSource
from deployments.actions.errors import InvalidDocumentError, RefusedError
from deployments.actions.services.drafts import Draft
from deployments.actions.services.judging import FIND, inside
from deployments.actions.services.legacy import (
    BUILDER_MEMBERS,
    PROVIDER_MEMBERS,
    Legacy,
    LegacyError,
    read_record,
    rename_members,
)
from deployments.actions.services.saving import create_service
from deployments.actions.services.sealing import readable_secrets, seal_members
from deployments.backends import BackendMissingError
from deployments.contract import Backend
from deployments.models import BackendKind, Service

NAME_MARK = "{name}"
CHANGE = Change(by=None, note="Imported from the system before this one", source=RevisionSource.COMMAND)


class Fate(StrEnum):
    """What became of a record."""

    IMPORTED = "imported"
    THERE = "is there already"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Into:
    """What the records do not say: whose the services are, and where those go that name no target."""

    team: Group | None
    target: str
    target_config: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """One record: `refers` is `github -> dockerfile`; `notes` say what was left out, sealed, or is wrong."""

    name: str
    refers: str
    fate: Fate
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """A draft, the values of its secrets by name, and members of the record that nothing here takes."""

    draft: Draft
    secrets: Mapping[str, str]
    left_out: Sequence[str]


class _NotAppliedError(Exception):
    """Takes back what was written."""


def import_services(records: Sequence[object], into: Into, *, applies: bool) -> tuple[list[Report], bool]:
    """A report of each record, and whether they are written: only if `applies`, and none was refused.

    Every record is saved as people save services, so a dry run tells exactly what would happen; then it is taken back.
    Raises KeyringError.
    """
    reports: list[Report] = []
    try:
        with transaction.atomic():
            reports = [_import(record, into) for record in records]
            if not applies or any(report.fate == Fate.REFUSED for report in reports):
                raise _NotAppliedError
    except _NotAppliedError:
        return reports, False
    return reports, True


def _import(record: object, into: Into) -> Report:
    try:
        legacy = read_record(record)
    except LegacyError as error:
        name = record.get("name") if isinstance(record, dict) else None
        return Report(str(name or "?"), "", Fate.REFUSED, [str(error)])
    refers = f"{legacy.provider} -> {legacy.builder}"
    name = f"{legacy.name} ({legacy.environment})"
    if Service.objects.filter(name=legacy.name, environment=legacy.environment, removed_at=None).exists():
        return Report(name, refers, Fate.THERE)
    try:
        planned = _plan(legacy, into)
        create_service(planned.draft, CHANGE, secrets=planned.secrets)
    except InvalidDocumentError as error:
        return Report(name, refers, Fate.REFUSED, [f"{each.path}: {each.message}" for each in error.problems])
    except (RefusedError, BackendMissingError) as error:
        return Report(name, refers, Fate.REFUSED, [str(error)])
    notes = [f"sealed: {', '.join(planned.secrets)}"] if planned.secrets else []
    notes += [f"left out: {', '.join(planned.left_out)}"] if planned.left_out else []
    return Report(name, refers, Fate.IMPORTED, notes)


def _plan(legacy: Legacy, into: Into) -> Planned:
    """Raises RefusedError, InvalidDocumentError for secrets that would be readable, BackendMissingError."""
    provider = Provider.objects.filter(provider_type=ProviderType.SOURCE, slug=legacy.provider).first()
    builder = Builder.objects.filter(slug=legacy.builder).first()
    if provider is None:
        raise RefusedError(f"There is no source provider {legacy.provider!r} in the catalogue.")
    if builder is None:
        raise RefusedError(f"There is no builder {legacy.builder!r} in the catalogue.")
    source, build = FIND[BackendKind.SOURCE](provider.backend), FIND[BackendKind.BUILD](builder.backend)
    source_config = rename_members(legacy.provider_config, PROVIDER_MEMBERS, slug=provider.slug)
    build_config = rename_members(legacy.builder_config, BUILDER_MEMBERS, slug=builder.slug)
    rest = dict(legacy.rest)
    _take(rest, source_config, source, PROVIDER_MEMBERS, slug=provider.slug)
    _take(rest, build_config, build, BUILDER_MEMBERS, slug=builder.slug)
    secrets: dict[str, str] = {}
    source_config = seal_members(source, source_config, secrets)
    build_config = seal_members(build, build_config, secrets)
    if problems := readable_secrets(build_config):
        raise InvalidDocumentError(f"The service {legacy.name}", inside(BackendKind.BUILD, problems))
    target_config = into.target_config if legacy.target_config is None else legacy.target_config
    draft = Draft(
        name=legacy.name,
        environment=legacy.environment,
        team=into.team,
        provider=provider,
        builder=builder,
        target_backend=legacy.target or into.target,
        source_config=source_config,
        build_config=build_config,
    )
    return Planned(replace(draft, target_config=_named(target_config, legacy.name)), secrets, sorted(rest))


def _take(
    rest: dict[str, Any], config: dict[str, Any], backend: Backend, names: Mapping[str, Mapping[str, str]], *, slug: str
) -> None:
    """Move what stood at the top of the record, and belongs to this config, there; the config's own come first."""
    for member in list(rest):
        [(name, value)] = rename_members({member: rest[member]}, names, slug=slug).items()
        if name in backend.info.schema.get("properties", {}) and name not in config:
            config[name] = value
            del rest[member]


def _named(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    """With the service's name, as folders have it, where the config says `{name}`."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return {key: value.replace(NAME_MARK, slug) if isinstance(value, str) else value for key, value in config.items()}
