"""Which live builders fit a source provider, and which source providers fit a builder.

Backends say what they work with (`catalog.usage.compatible`); where no backend is here that could say, every pair is
possible. What a provider says in `incompatible_builders` takes pairs away and never adds one.
"""

import json
from collections.abc import Collection

from django.db.models import QuerySet

from catalog.models import LiveEntry
from catalog.models.choices import ProviderType

Rows = QuerySet[LiveEntry, LiveEntry]
Keys = Collection[str] | None


def fitting_builders(provider: LiveEntry, said: Keys) -> Rows:
    """No queries; providers that bring no source have none. `said` is what backends say of the provider."""
    if provider.group != ProviderType.SOURCE:
        return LiveEntry.objects.none()
    excluded = [f"builders/{slug}" for slug in _excluded_by(provider.body)]
    return _among(said, LiveEntry.objects.filter(kind="builder").exclude(key__in=excluded))


def fitting_providers(builder: LiveEntry, said: Keys) -> Rows:
    """One query. `said` is what backends say of the builder."""
    sources = LiveEntry.objects.filter(kind="provider", group=ProviderType.SOURCE)
    bodies = sources.filter(body__contains=f'"{builder.slug}"').values_list("key", "body")
    excluding = [key for key, body in bodies if builder.slug in _excluded_by(body)]
    return _among(said, sources.exclude(key__in=excluding))


def _among(said: Keys, rows: Rows) -> Rows:
    return rows if said is None else rows.filter(key__in=said)


def _excluded_by(body: str) -> Collection[str]:
    return set(json.loads(body).get("incompatible_builders", ()))
