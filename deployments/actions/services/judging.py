"""Whether a draft of a service is right: everything that is wrong at once, each thing at its place.

Places are JSON Pointers into the service's document (`/providerConfig/repository`). A config is judged as the runner
judges it (`deployments.runner.preparing`): by the backend's schema, by its row's, then by the backend itself.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from catalog.actions.revisions import one_line
from catalog.actions.roles import ROLES
from catalog.models import CatalogEntry, find_entry
from catalog.models.choices import Lifecycle
from catalog.schemas.configs import Judgement
from catalog.schemas.problems import Problem, pointer_to
from deployments.actions.services.drafts import CONFIG_MEMBERS, Draft, SourceDraft, source_of
from deployments.actions.services.uploads import upload_problems
from deployments.backends import BackendMissingError
from deployments.builds import get_build
from deployments.contract import Backend
from deployments.models import BackendKind, Connection, Service
from deployments.models.connections import CONNECTED
from deployments.runner.choices import misfit_of_build, misfit_of_target
from deployments.runner.lending import lending_problems, override_problems
from deployments.runner.preparing import judge_with, with_defaults
from deployments.runner.routing import fitting
from deployments.sources import get_source
from deployments.targets import get_target

MAX_NAME = 100
MAX_ENVIRONMENT = 40
ENVIRONMENT = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
# By the kind of backend: each has a type of its own, which a dictionary cannot say.
Backends = dict[BackendKind, Any]
FIND = {BackendKind.SOURCE: get_source, BackendKind.BUILD: get_build, BackendKind.TARGET: get_target}
NAMES = {BackendKind.SOURCE: "/providerId", BackendKind.BUILD: "/builderId", BackendKind.TARGET: "/targetId"}


def judge_draft(draft: Draft, *, service: Service | None, secrets: frozenset[str] = frozenset()) -> Judgement:
    """`service` is the row that it changes, None for a new one; `secrets` are names that are sent with it."""
    backends, missing = find_backends(draft)
    errors = [*_name_problems(draft, service), *_lifecycle_problems(draft, service), *missing, *misfits(backends)]
    errors += _pair_problems(draft, service)
    warnings = [*_lifecycle_warnings(draft)]
    known = secrets | _stored_secrets(service)
    for kind, backend in backends.items():
        judgement = judge_side(draft, kind, backend)
        errors += [*judgement.errors, *_secret_problems(draft, kind, known)]
        warnings += judgement.warnings
    errors += [*_place_problems(draft, backends), *upload_problems(draft)]
    return Judgement(tuple(sorted(set(errors))), tuple(sorted(set(warnings))))


def judge_source(draft: SourceDraft, *, service: Service | None, secrets: frozenset[str] = frozenset()) -> Judgement:
    """As `judge_draft`, of a source alone: what has to be right before anybody looks at it."""
    source = source_of(draft)
    backends, missing = find_backends(source)
    errors = [*missing, *_lifecycle_problems(source, service), *upload_problems(source)]
    errors += _place_problems(source, backends)
    for kind, backend in backends.items():
        errors += judge_side(source, kind, backend).errors
        errors += _secret_problems(source, kind, secrets | _stored_secrets(service))
    return Judgement(tuple(sorted(set(errors))))


def find_backends(draft: SourceDraft) -> tuple[Backends, list[Problem]]:
    """Those that are here, and which are not."""
    found: Backends = {}
    problems = []
    for kind, spec in draft.backends.items():
        try:
            found[kind] = FIND[kind](spec)
        except BackendMissingError as error:
            problems.append(Problem(NAMES[kind], "backend_missing", str(error)))
    return found, problems


def misfits(backends: Backends) -> list[Problem]:
    """What does not fit what comes before it; those that are not here cannot say."""
    source, build, target = (backends.get(kind) for kind in BackendKind)
    found = []
    if source and build and (misfit := misfit_of_build(build, source)):
        found.append(Problem("/builderId", "incompatible_builder", misfit))
    if build and target:
        misfit = misfit_of_target(target, build.produces, maker=f"{build.info.name} makes")
        found += [Problem("/targetId", "incompatible_target", misfit)] if misfit else []
    return found


def judge_side(draft: SourceDraft, kind: BackendKind, backend: Backend) -> Judgement:
    """One of the three configs."""
    row = draft.rows.get(kind)
    judgement = judge_with(backend, row, with_defaults(row, draft.configs[kind]))
    return Judgement(inside(kind, judgement.errors), inside(kind, judgement.warnings))


def inside(kind: BackendKind, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems of a config as those of the service that it is in."""
    member = CONFIG_MEMBERS[kind]
    return tuple(Problem(f"/{member}{each.path}", each.code, each.message) for each in problems)


def _name_problems(draft: Draft, service: Service | None) -> Iterator[Problem]:
    if not draft.name or len(draft.name) > MAX_NAME or one_line(draft.name) != draft.name:
        yield Problem("/name", "name", f"Name it, in one line of up to {MAX_NAME} characters.")
    if len(draft.environment) > MAX_ENVIRONMENT or not ENVIRONMENT.fullmatch(draft.environment):
        message = f"Use up to {MAX_ENVIRONMENT} lower-case letters and digits, words joined by hyphens."
        yield Problem("/environment", "pattern", message)
    if draft.team and draft.team.name in ROLES and not (service and service.team_id == draft.team.pk):
        yield Problem("/team", "role", f"{draft.team.name} is a role, and no team.")
    same = Service.objects.filter(name=draft.name, environment=draft.environment, removed_at=None)
    if (same.exclude(pk=service.pk) if service else same).exists():
        yield Problem("/name", "taken", f"There is a service {draft.name} ({draft.environment}) already.")


def _lifecycle_problems(draft: SourceDraft, service: Service | None) -> Iterator[Problem]:
    """What is disabled takes no new services; what is removed, or was never published, takes none."""
    before = {BackendKind.SOURCE: service.provider_id, BackendKind.BUILD: service.builder_id} if service else {}
    for kind, row in draft.rows.items():
        if before.get(kind) == row.pk:
            continue
        state = _live_state(row)
        if state is None:
            yield Problem(NAMES[kind], "not_published", f"{row.display_name} is not published.")
        elif state in (Lifecycle.DISABLED, Lifecycle.REMOVED):
            yield Problem(NAMES[kind], f"entry_{state}", refusal_of(row))


def _pair_problems(draft: Draft, service: Service | None) -> Iterator[Problem]:
    """A pair that the provider's document takes away, for whoever does not have it already."""
    if service and (service.provider_id, service.builder_id) == (draft.provider.pk, draft.builder.pk):
        return
    live = draft.provider.live_revision
    if live and draft.builder.slug in live.document.get("incompatible_builders", ()):
        message = f"{draft.builder.display_name} does not work with {draft.provider.display_name}."
        yield Problem("/builderId", "incompatible_builder", message)


def _lifecycle_warnings(draft: Draft) -> Iterator[Problem]:
    for kind, row in draft.rows.items():
        if row.live_revision and _live_state(row) == Lifecycle.DEPRECATED:
            said = row.live_revision.document["lifecycle"]
            instead = f" Use {said['replacement']} instead." if "replacement" in said else ""
            message = f"{row.display_name} is deprecated: {said['reason']}{instead}"
            yield Problem(NAMES[kind], "entry_deprecated", message)


def refusal_of(row: CatalogEntry) -> str:
    """Why a row that is disabled or removed takes no new services, and what replaces it; empty for any other."""
    state = _live_state(row)
    if row.live_revision is None or state not in (Lifecycle.DISABLED, Lifecycle.REMOVED):
        return ""
    said = row.live_revision.document.get("lifecycle", {})
    reason = f" Why: {said['reason'].rstrip('.')}." if said.get("reason") else ""
    replacement = find_entry(said["replacement"]) if "replacement" in said else None
    instead = f" Use {replacement.display_name} instead." if replacement else ""
    return f"{row.display_name} is {state}: it takes no new services.{reason}{instead}"


def _live_state(row: CatalogEntry) -> str | None:
    return row.live_revision.lifecycle if row.live_revision else None


def _stored_secrets(service: Service | None) -> frozenset[str]:
    return frozenset(service.secrets.values_list("name", flat=True)) if service else frozenset()


def _secret_problems(draft: SourceDraft, kind: BackendKind, known: frozenset[str]) -> Iterator[Problem]:
    """Secrets that are named and not there; those of a connection are only for the connection to name."""
    for path, name in secrets_in(draft.configs[kind]):
        if name not in known:
            message = f"There is no secret {name}: send its value with the service, or set it before."
            yield Problem(f"/{CONFIG_MEMBERS[kind]}{path}", "secret_missing", message)


def _place_problems(draft: SourceDraft, backends: Backends) -> list[Problem]:
    """Where it may run: the routing, and once that is right the connections that it admits."""
    if problems := list(_routing_problems(draft)):
        return problems
    connected = [(kind, backend) for kind, backend in backends.items() if kind in CONNECTED]
    return [problem for kind, backend in connected for problem in _connection_problems(draft, kind, backend)]


def _connection_problems(draft: SourceDraft, kind: BackendKind, backend: Backend) -> tuple[Problem, ...]:
    """What the connections that it may run on fix otherwise, and addresses that they do not lend their secrets to."""
    own, wanted = draft.configs[kind], draft.routing.get(kind, {})
    config = with_defaults(draft.rows.get(kind), own)
    return inside(
        kind,
        [
            problem
            for connection in fitting(kind, draft.backends[kind], wanted)
            for problem in (*override_problems(connection, own), *lending_problems(connection, config, backend))
        ],
    )


def secrets_in(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str, str]]:
    """Where a config names a secret, and which: JSON Pointer and name."""
    if isinstance(value, Mapping):
        name = value.get("$secret")
        if isinstance(name, str) and len(value) == 1:
            yield pointer_to(path), name
            return
        for key, child in value.items():
            yield from secrets_in(child, (*path, key))
    elif isinstance(value, list):
        for at, child in enumerate(value):
            yield from secrets_in(child, (*path, at))


def _routing_problems(draft: SourceDraft) -> Iterator[Problem]:
    for kind, wanted in draft.routing.items():
        if kind not in (BackendKind.SOURCE, BackendKind.BUILD):
            yield Problem("/routing", "unknown", "Routing is for source and build.")
            continue
        if not isinstance(wanted, Mapping) or not wanted.keys() <= {"connection", "labels"}:
            yield Problem(f"/routing/{kind}", "unknown", "Routing names a connection, labels, or both.")
            continue
        labels = wanted.get("labels", {})
        if not isinstance(labels, Mapping) or not all(isinstance(label, str) for label in labels.values()):
            yield Problem(f"/routing/{kind}/labels", "type", "Labels are names with texts.")
        name = wanted.get("connection")
        there = Connection.objects.filter(kind=kind, backend=draft.backends[BackendKind(kind)])
        if "connection" in wanted and not (isinstance(name, str) and there.filter(name=name).exists()):
            yield Problem(f"/routing/{kind}/connection", "reference", f"There is no such connection: {name!r:.80}.")
