"""What the catalogue is told of services: which use an entry, and the configs that they give to it."""

from typing import Any

from django.db.models import QuerySet

from catalog.models.entries import model_of
from catalog.usage import StoredConfig, Use
from deployments.models import Service

# The column of a service's config for an entry of each kind; a stack is only where it came from.
CONFIGS = {"provider": "source_config", "builder": "build_config"}


def find_services(key: str) -> list[Use]:
    """The services that use the entry with this key. One query."""
    return [_use(*each) for each in _services(key).values_list("name", "environment")]


def find_configs(key: str) -> list[StoredConfig]:
    """What those services give to the provider or builder with this key. One query; none for a stack."""
    column = CONFIGS.get(model_of(key).kind)
    if column is None:
        return []
    rows = _services(key).values_list("name", "environment", column)
    return [StoredConfig(_use(name, environment), config) for name, environment, config in rows]


def _services(key: str) -> "QuerySet[Service, Service]":
    entry: dict[str, Any] = {f"{model_of(key).kind}__key": key}
    return Service.objects.filter(removed_at=None, **entry)


def _use(name: str, environment: str) -> Use:
    return Use("service", f"{name} ({environment})", "")
