"""Which live builders fit a source provider, and which source providers fit a builder.

Backends say what they can do (`catalog.usage.compatible`); until they do, every pair is possible. What a provider says
in `incompatible_builders` takes pairs away and never adds one.
"""

import json
from collections.abc import Collection

from django.db.models import QuerySet

from catalog.models import LiveEntry
from catalog.models.choices import ProviderType
from catalog.usage import compatible

Rows = QuerySet[LiveEntry, LiveEntry]


def fitting_builders(provider: LiveEntry) -> Rows:
    """No queries; providers that bring no source have none."""
    if provider.group != ProviderType.SOURCE:
        return LiveEntry.objects.none()
    excluded = [f"builders/{slug}" for slug in _excluded_by(provider.body)]
    return _said_to_fit(provider.key, LiveEntry.objects.filter(kind="builder").exclude(key__in=excluded))


def fitting_providers(builder: LiveEntry) -> Rows:
    """One query."""
    sources = LiveEntry.objects.filter(kind="provider", group=ProviderType.SOURCE)
    bodies = sources.filter(body__contains=f'"{builder.slug}"').values_list("key", "body")
    excluding = [key for key, body in bodies if builder.slug in _excluded_by(body)]
    return _said_to_fit(builder.key, sources.exclude(key__in=excluding))


def _said_to_fit(key: str, rows: Rows) -> Rows:
    keys = compatible(key)
    return rows if keys is None else rows.filter(key__in=keys)


def _excluded_by(body: str) -> Collection[str]:
    return set(json.loads(body).get("incompatible_builders", ()))
