"""The secrets of a service, for people who may change it."""

from django.contrib.auth.models import User
from django.db import transaction

from deployments.actions.secrets import forget_secret, set_secret
from deployments.actions.services.saving import lock_service
from deployments.actions.services.teams import CHANGE, refuse_team, refuse_without
from deployments.models import Service


@transaction.atomic
def set_service_secret(service: Service, name: str, value: str, *, by: User | None) -> None:
    """Raises NotAllowedError, RefusedError if the service is removed, and what `set_secret` raises."""
    set_secret(_lock(service, by=by), name, value, by=by)


@transaction.atomic
def forget_service_secret(service: Service, name: str, *, by: User | None) -> None:
    """Again is harmless. Raises NotAllowedError, RefusedError if the service is removed."""
    forget_secret(_lock(service, by=by), name, by=by)


def _lock(service: Service, *, by: User | None) -> Service:
    refuse_without(by, CHANGE, deed="change the secrets of services")
    locked = lock_service(service, expected_revision=None)
    refuse_team(by, locked.team)
    return locked
