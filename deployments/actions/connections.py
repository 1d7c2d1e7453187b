"""Connections: the places where backends of sources and builds do their work; for whoever runs the server."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.db import transaction

from catalog.models import AuditRecord
from catalog.models.audit import Verb
from catalog.schemas.configs import judge_config
from deployments.actions.errors import RefusedError, RefusedFieldError
from deployments.backends import BackendMissingError, Registry
from deployments.builds import BUILDS
from deployments.models import Connection, Service
from deployments.models.connections import BackendKind
from deployments.runner.lending import ADDRESSES, are_addresses
from deployments.sources import SOURCES

NAME = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
REGISTRIES: Mapping[str, Registry[Any]] = {BackendKind.SOURCE: SOURCES, BackendKind.BUILD: BUILDS}
MAX_NUMBER = 32_767


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a connection shall be; None for what stays, or is as the model says. `config` and `labels` are whole."""

    config: dict[str, Any] | None = None
    labels: dict[str, str] | None = None
    priority: int | None = None
    weight: int | None = None
    max_running: int | None = None
    is_enabled: bool | None = None

    def given(self) -> dict[str, Any]:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


@transaction.atomic
def set_connection(name: str, *, kind: str, backend: str, wanted: Wanted) -> tuple[Connection, bool]:
    """Make it, or change what is given of one that is there; whether it was made.

    Raises RefusedFieldError for a value that cannot be one, and RefusedError if the name is that of another backend's.
    """
    if not NAME.fullmatch(name) or len(name) > 64:
        raise RefusedFieldError("Use up to 64 lower-case letters and digits, words joined by hyphens.", field="name")
    _refuse_unfit(kind, backend, wanted)
    connection = Connection.objects.select_for_update().filter(name=name).first()
    is_new = connection is None
    connection = connection or Connection(name=name, kind=kind, backend=backend)
    if (connection.kind, connection.backend) != (kind, backend):
        raise RefusedError(f"{name} is a connection of {connection.backend} ({connection.kind}); use another name.")
    for column, value in wanted.given().items():
        setattr(connection, column, value)
    connection.save()
    detail = ", ".join(["made" if is_new else "changed", *wanted.given()])
    AuditRecord.objects.note(Verb.CONNECTION_CHANGED, by=None, object_name=f"connection {connection}", detail=detail)
    return connection, is_new


@transaction.atomic
def remove_connection(connection: Connection) -> None:
    """Raises RefusedError while services name it, or if deployments ran on it: those stay in their history."""
    services = sorted(
        str(service)
        for service in Service.objects.filter(removed_at=None)
        if service.routing.get(connection.kind, {}).get("connection") == connection.name
    )
    if services:
        raise RefusedError(f"{connection.name} is named by {', '.join(services[:5])}: change these services first.")
    if connection.deployments.exists():
        raise RefusedError(f"Deployments ran on {connection.name}; switch it off instead (--off).")
    said = str(connection)
    connection.delete()
    AuditRecord.objects.note(Verb.CONNECTION_CHANGED, by=None, object_name=f"connection {said}", detail="removed")


def _refuse_unfit(kind: str, backend: str, wanted: Wanted) -> None:
    try:
        info = REGISTRIES[kind].get(backend).info
    except BackendMissingError as error:
        raise RefusedFieldError(f"{error} manage.py backends lists those that there are.", field="backend") from error
    config = dict(wanted.config or {})
    if not are_addresses(config.pop(ADDRESSES, [])):
        message = (
            f"{ADDRESSES} is a list of addresses without user, query and dots, such as https://git.example.com/team."
        )
        raise RefusedFieldError(message, field="config")
    settings = info.schema.get("properties", {})
    if unknown := sorted(config.keys() - settings.keys()):
        message = f"{backend} has no setting {', '.join(unknown)}; it has {', '.join(sorted(settings)) or 'none'}."
        raise RefusedFieldError(message, field="config")
    # What belongs together, or has to be there, is the whole's, of which a connection has a part.
    own = {name: part for name, part in info.schema.items() if name in ("$schema", "$defs", "properties")}
    if problems := judge_config(own, config).errors:
        message = "; ".join(f"{problem.path}: {problem.message}" for problem in problems)
        raise RefusedFieldError(message, field="config")
    for column, least in (("priority", 0), ("weight", 1), ("max_running", 0)):
        number = getattr(wanted, column)
        if number is not None and not least <= number <= MAX_NUMBER:
            raise RefusedFieldError(f"Use a number from {least} to {MAX_NUMBER:,}.", field=column)
