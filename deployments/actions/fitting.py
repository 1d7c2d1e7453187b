"""Which live builders fit a live source provider, and which providers a builder, by what their backends work with."""

import json
from collections.abc import Callable, Collection
from typing import NamedTuple

from django.core.cache import cache
from django.db.models import QuerySet

from catalog.models import LiveEntry, Snapshot
from catalog.models.choices import ProviderType
from catalog.models.snapshots import SnapshotState
from deployments.backends import BackendMissingError
from deployments.builds import get_build
from deployments.contract import Kind
from deployments.sources import get_source

# A publish changes the name that they are kept by; a package that is installed is seen after so many seconds.
KEPT_SECONDS = 60
# Key of an entry -> the kinds that its backend produces or accepts; None if the backend is not here.
Kinds = dict[str, Collection[Kind] | None]


class Sides(NamedTuple):
    produced: Kinds
    accepted: Kinds


def find_fitting(key: str) -> list[str] | None:
    """Keys of what fits the live entry `key`; None if its backend is not here, so that nobody can say.

    What cannot say of itself fits everything. One query; two more after a publish, and once a minute.
    """
    live = Snapshot.objects.filter(state=SnapshotState.LIVE).values_list("sha256", flat=True).first()
    name = f"fitting:{live}"
    sides: Sides | None = cache.get(name)
    if sides is None:
        sides = _read_sides()
        cache.set(name, sides, KEPT_SECONDS)
    own, others = (sides.produced, sides.accepted) if key in sides.produced else (sides.accepted, sides.produced)
    kinds = own.get(key)
    if kinds is None:
        return None
    return [other for other, theirs in others.items() if theirs is None or set(theirs) & set(kinds)]


def _read_sides() -> Sides:
    sources = LiveEntry.objects.filter(kind="provider", group=ProviderType.SOURCE)
    builders = LiveEntry.objects.filter(kind="builder")
    return Sides(
        _kinds_of(sources, lambda spec: get_source(spec).produces),
        _kinds_of(builders, lambda spec: get_build(spec).accepts),
    )


def _kinds_of(entries: "QuerySet[LiveEntry, LiveEntry]", kinds_of: Callable[[str], Collection[Kind]]) -> Kinds:
    found: Kinds = {}
    for key, body in entries.values_list("key", "body").iterator():
        try:
            found[key] = kinds_of(json.loads(body)["backend"])
        except (KeyError, BackendMissingError):
            found[key] = None
    return found
