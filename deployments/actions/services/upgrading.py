"""From one major version of a backend to a newer one: which services use which, what would change, and the change.

A service keeps its backend until somebody upgrades it. Each service is upgraded wholly or not at all, as a revision.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import QuerySet

from catalog.actions.revisions import Change
from catalog.models import Revision
from catalog.schemas.problems import Problem
from deployments.actions.errors import InvalidDocumentError, RefusedError
from deployments.actions.services.drafts import CONFIG_MEMBERS, Draft, draft_of
from deployments.actions.services.judging import FIND, NAMES, judge_draft
from deployments.actions.services.saving import change_service
from deployments.backends import BackendMissingError, Registry
from deployments.builds import BUILDS
from deployments.models import BackendKind, Service
from deployments.sources import SOURCES
from deployments.targets import TARGETS

REGISTRIES: dict[BackendKind, Registry[Any]] = {
    BackendKind.SOURCE: SOURCES,
    BackendKind.BUILD: BUILDS,
    BackendKind.TARGET: TARGETS,
}
COLUMNS = {
    BackendKind.SOURCE: ("source_backend", "source_config"),
    BackendKind.BUILD: ("build_backend", "build_config"),
    BackendKind.TARGET: ("target_backend", "target_config"),
}
# A config that an upgrade made is no larger than any that people may send.
MAX_CONFIG_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Use:
    """A backend that services use: how many, what keeps it from working (`error`), and newer majors that are here."""

    kind: BackendKind
    spec: str
    count: int
    version: str = ""
    error: str = ""
    newer: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What a service would become; with `problems` it stays as it is."""

    service: Service
    draft: Draft | None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def find_uses(services: "QuerySet[Service, Service]") -> list[Use]:
    """Every backend of these services, by kind and name. One query."""
    counts: dict[tuple[BackendKind, str], int] = defaultdict(int)
    columns = [column for column, _ in COLUMNS.values()]
    for specs in services.values_list(*columns):
        for kind, spec in zip(COLUMNS, specs, strict=True):
            counts[kind, spec] += 1
    order = list(COLUMNS)
    return [_use(*each, counts[each]) for each in sorted(counts, key=lambda each: (order.index(each[0]), each[1]))]


def newer_of(kind: BackendKind, spec: str) -> list[str]:
    """Newer majors of the same backend that are installed, the next one first."""
    key, major = _parts(spec)
    found = (_parts(each) for each in REGISTRIES[kind].specs())
    return [f"{key}@{each}" for each in sorted(each for name, each in found if name == key and each > major)]


def plan_upgrade(service: Service, *, kind: BackendKind, to: str) -> Upgrade:
    """What `upgrade_service` would do now, and everything that is wrong with it. Writes nothing."""
    backend_column, config_column = COLUMNS[kind]
    draft = draft_of(service)
    before = {"backend": draft.backends[kind], "config": dict(draft.configs[kind])}
    try:
        config = _upgraded(kind, draft.backends[kind], to, draft.configs[kind])
    except RefusedError as error:
        problem = Problem(NAMES[kind], "upgrade_failed", str(error))
        return Upgrade(service, None, before, before, (problem,))
    changes: dict[str, Any] = {backend_column: to, config_column: config}
    upgraded = replace(draft, **changes)
    after = {"backend": to, "config": config}
    return Upgrade(service, upgraded, before, after, judge_draft(upgraded, service=service).errors)


def upgrade_service(
    service: Service, change: Change, *, kind: BackendKind, to: str, expected_revision: int | None
) -> Revision | None:
    """Raises InvalidDocumentError with everything that keeps it where it is, and what `change_service` does."""
    plan = plan_upgrade(service, kind=kind, to=to)
    if plan.draft is None or plan.problems:
        raise InvalidDocumentError(f"The service {service.name}", plan.problems)
    return change_service(service, plan.draft, change, expected_revision=expected_revision)


def _use(kind: BackendKind, spec: str, count: int) -> Use:
    newer = tuple(newer_of(kind, spec))
    try:
        return Use(kind, spec, count, version=FIND[kind](spec).info.version, newer=newer)
    except BackendMissingError as error:
        return Use(kind, spec, count, error=str(error), newer=newer)


def _upgraded(kind: BackendKind, spec: str, to: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """The config, brought from major to major. Raises RefusedError, also for whatever a package does wrong."""
    key, major = _parts(spec)
    wanted, last = _parts(to)
    if wanted != key or last <= major:
        raise RefusedError(f"{to} is no newer version of {spec}.")
    for each in range(major + 1, last + 1):
        step = f"{key}@{each}"
        try:
            config = _plain(FIND[kind](step).upgrade(dict(config)))
        except BackendMissingError as error:
            raise RefusedError(str(error)) from error
        except Exception as error:  # Whatever a package does wrong, it fails alone.
            raise RefusedError(f"{step} could not upgrade this {CONFIG_MEMBERS[kind]}: {error!r:.300}") from error
    return dict(config)


def _plain(config: object) -> dict[str, Any]:
    """What an upgrade answered, if it is a JSON object. Raises TypeError, ValueError."""
    text = json.dumps(config, allow_nan=False)
    plain = json.loads(text)
    if not isinstance(plain, dict) or len(text) > MAX_CONFIG_BYTES:
        raise TypeError("it answered no config")
    return plain


def _parts(spec: str) -> tuple[str, int]:
    key, _, major = spec.partition("@")
    return key, int(major) if major.isascii() and major.isdecimal() else 0
