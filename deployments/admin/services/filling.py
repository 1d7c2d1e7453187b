"""The three forms of a service's settings: drawn from their schemas, read back, and judged as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from django.http import HttpRequest

from catalog.models import CatalogEntry
from catalog.schemas.form_binding import BoundField, bind_form, place_problems
from catalog.schemas.form_fields import FormField, describe_form
from catalog.schemas.form_moving import left_over, put_aside, split_mark, take_back
from catalog.schemas.form_names import REST, Posted
from catalog.schemas.form_reading import Reading, read_form
from catalog.schemas.form_writing import write_form
from catalog.schemas.problems import Problem
from deployments.actions.services.drafts import CONFIG_MEMBERS, Draft
from deployments.actions.services.judging import NAMES, find_backends, judge_draft
from deployments.admin.services.routing import connections_form, routing_prefix
from deployments.models import BackendKind, Service
from deployments.runner.preparing import schema_of_row

TITLES = {
    BackendKind.SOURCE: "Where the source comes from",
    BackendKind.BUILD: "How it is built",
    BackendKind.TARGET: "Where it goes",
}
CONFIGS = {
    BackendKind.SOURCE: "source_config",
    BackendKind.BUILD: "build_config",
    BackendKind.TARGET: "target_config",
}
# Place in the service's document -> name of the input that it is about.
INPUTS = {
    "/name": "name", "/environment": "environment", "/team": "team",
    "/providerId": "provider", "/builderId": "builder", "/targetId": "target_part",
}  # fmt: skip
# The inputs that choose the parts. What is wrong with a target's settings as a whole is told at `target`, as their form
# is called; so what is wrong with its choice is told at `target_part`.
PARTS = {BackendKind.SOURCE: "provider", BackendKind.BUILD: "builder", BackendKind.TARGET: "target"}
MISSING = "{spec} is not installed here. Choose another one, or ask an administrator to install it."
# So much of a text that nobody asks for any more is told.
MAX_LEFT, MAX_LEFT_TEXT = 20, 300


@dataclass(frozen=True, slots=True)
class Side:
    """One of the three forms; `prefix` is what the names of its inputs begin with, `part` the input that chooses it.

    `connections` asks which of the places of its backend it uses; None for targets, which have one place each.
    """

    kind: BackendKind
    name: str
    form: FormField
    missing: str = ""
    connections: FormField | None = None

    @property
    def prefix(self) -> str:
        return str(self.kind)

    @property
    def part(self) -> str:
        return PARTS[self.kind]

    @property
    def place(self) -> str:
        """Where it is told what is wrong with the choice."""
        return INPUTS[NAMES[self.kind]]

    @property
    def is_here(self) -> bool:
        return bool(self.form.fields) or not self.missing

    @property
    def title(self) -> str:
        return TITLES[self.kind]


@dataclass(frozen=True, slots=True)
class BoundRouting:
    """The form of a side's connections; shown at once if something `is_chosen` there."""

    form: BoundField
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class BoundSide:
    side: Side
    form: BoundField
    routing: BoundRouting | None

    @property
    def forms(self) -> Sequence[BoundField]:
        return (self.form, self.routing.form) if self.routing else (self.form,)


@dataclass(frozen=True, slots=True)
class Filled:
    """What was filled in: the draft, secrets by name, and everything that is wrong, by the name of its input."""

    draft: Draft
    secrets: Mapping[str, str]
    errors: Mapping[str, Sequence[str]]
    warnings: Sequence[str] = ()


def sides_of(draft: Draft) -> list[Side]:
    """Their schemas are the catalogue's, which people were shown; where it has none, the backend's own."""
    backends, _ = find_backends(draft)
    return [
        Side(
            kind,
            _name_of(draft.rows.get(kind), backends.get(kind), draft.backends[kind]),
            describe_form(_schema_of(draft.rows.get(kind), backends.get(kind))),
            missing="" if kind in backends else MISSING.format(spec=draft.backends[kind]),
            connections=connections_form(kind, draft.backends[kind]),
        )
        for kind in BackendKind
    ]


def posted_of(request: HttpRequest) -> dict[str, list[str]]:
    """What was posted, without U+0000, which no database keeps."""
    return {name: [str(value).replace("\0", "") for value in values] for name, values in request.POST.lists()}


def write_sides(draft: Draft, sides: Sequence[Side]) -> dict[str, list[str]]:
    """What the three forms hold at first."""
    written: dict[str, list[str]] = {}
    for side in sides:
        written |= write_form(side.form, draft.configs[side.kind], prefix=side.prefix)
        if side.connections:
            routing = draft.routing.get(side.kind, {})
            written |= write_form(side.connections, routing, prefix=routing_prefix(side.kind))
    return written


def fill(draft: Draft, sides: Sequence[Side], posted: Posted, *, service: Service | None) -> Filled:
    """The draft with the configs that were typed, and what is wrong with it."""
    readings = {side.kind: read_form(side.form, posted, prefix=side.prefix) for side in sides}
    routes = read_routing(sides, posted)
    configs: dict[str, Any] = {CONFIGS[kind]: reading.config for kind, reading in readings.items()}
    secrets = {name: value for reading in readings.values() for name, value in reading.secrets.items()}
    filled = replace(draft, routing=routing_of(routes), **configs)
    judgement = judge_draft(filled, service=service, secrets=frozenset(secrets))
    places = {f"/{CONFIG_MEMBERS[kind]}": reading for kind, reading in readings.items()}
    places |= {f"/routing/{kind}": reading for kind, reading in routes.items()}
    # A program is told every backend that there is instead; people choose below.
    told = [problem for problem in judgement.errors if problem.code != "backend_missing"]
    errors = place_errors(told, places)
    for side in sides:
        if side.missing:
            errors.setdefault(side.place, []).append(side.missing)
    # What could not be read is not missing, too.
    errors |= {name: list(told) for reading in places.values() for name, told in reading.errors.items()}
    for side in sides:
        for message in left_messages(side, posted):
            errors.setdefault(side.prefix, []).append(message)
    return Filled(filled, secrets, errors, [problem.message for problem in judgement.warnings])


def read_routing(sides: Sequence[Side], posted: Posted) -> dict[BackendKind, Reading]:
    """Which connections were chosen, by the kind of backend."""
    return {
        side.kind: read_form(side.connections, posted, prefix=routing_prefix(side.kind))
        for side in sides
        if side.connections
    }


def routing_of(routes: Mapping[BackendKind, Reading]) -> dict[str, Any]:
    """As a service keeps it."""
    return {str(kind): reading.config for kind, reading in routes.items() if reading.config}


def place_errors(problems: Sequence[Problem], places: Mapping[str, Reading]) -> dict[str, list[str]]:
    """By the name of an input; what is about none of them is below an empty name. `places` are forms by member."""
    errors: dict[str, list[str]] = {}
    for member, reading in places.items():
        inside = [
            Problem(problem.path.removeprefix(member), problem.code, problem.message)
            for problem in problems
            if problem.path == member or problem.path.startswith(f"{member}/")
        ]
        errors |= place_problems(reading, inside)
    for problem in problems:
        if not any(problem.path == member or problem.path.startswith(f"{member}/") for member in places):
            errors.setdefault(INPUTS.get(problem.path, ""), []).append(problem.message)
    return errors


def left_messages(side: Side, posted: Posted) -> Iterator[str]:
    """What somebody typed into a form that has changed since: told once, so that nothing is lost in silence."""
    # Of a part that is not here the page keeps everything.
    found = left_over(side.form, posted, prefix=side.prefix) if side.is_here else ()
    for left in islice(found, MAX_LEFT):
        typed = f"You had typed: {left.text[:MAX_LEFT_TEXT]}" if left.text else "What you typed there is secret."
        yield f"{side.name} was changed while you filled this in: it does not ask for {left.label} any more. {typed}"


def kept_inputs(sides: Sequence[Side], posted: Posted) -> list[tuple[str, str]]:
    """What was typed for parts that are not here (any more), as hidden inputs: it may be wanted yet."""
    return [
        (name, value)
        for side in sides
        if not side.is_here
        for name, values in take_back(put_aside(side.form, posted, prefix=side.prefix), prefix=side.prefix).items()
        if split_mark(name)[1] != REST
        for value in values
    ]


def bind_sides(
    sides: Sequence[Side], posted: Posted, errors: Mapping[str, Sequence[str]], *, service: Service | None
) -> list[BoundSide]:
    secrets = list(service.secrets.order_by("name").values_list("name", flat=True)) if service else []
    return [
        BoundSide(
            side,
            bind_form(side.form, posted, prefix=side.prefix, errors=errors, secrets=secrets),
            _bind_routing(side, posted, errors),
        )
        for side in sides
    ]


def list_errors(bound: BoundField) -> Iterator[tuple[str, str, str]]:
    """(id of the input, its label, message) of everything that is wrong in a form."""
    for message in (*bound.errors, *bound.rest_errors):
        yield bound.id, bound.field.label, message
    for member in bound.members:
        yield from list_errors(member)
    for row in bound.rows:
        yield from ((row.item.id, bound.field.label, message) for message in row.key_errors)
        yield from list_errors(row.item)


def _bind_routing(side: Side, posted: Posted, errors: Mapping[str, Sequence[str]]) -> BoundRouting | None:
    """None where there is nothing to choose and nothing was chosen."""
    if side.connections is None:
        return None
    prefix = routing_prefix(side.kind)
    reading = read_form(side.connections, posted, prefix=prefix)
    is_chosen = bool(reading.config) or any(name in errors for name in reading.fields)
    if not side.connections.fields[0].options and not is_chosen:
        return None
    return BoundRouting(bind_form(side.connections, posted, prefix=prefix, errors=errors), is_chosen)


def _schema_of(row: CatalogEntry | None, backend: Any) -> Mapping[str, Any]:
    schema = schema_of_row(row)
    own: Mapping[str, Any] = backend.info.schema if backend else {}
    return schema if schema.get("properties") else own


def _name_of(row: CatalogEntry | None, backend: Any, spec: str) -> str:
    return row.display_name if row else str(backend.info.name) if backend else spec
