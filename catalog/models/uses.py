"""Who names an entry inside the catalogue: stacks, providers, entries that it replaces. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, QuerySet, Value

from catalog.models.choices import Lifecycle
from catalog.models.entries import ENTRY_MODELS, Builder, CatalogEntry, Provider, Stack

# How one entry is named by another.
STACK = "stack"
EXCLUDED = "excluded"
REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Mention:
    """One entry that names another, light enough for long lists."""

    kind: str
    pk: int
    key: str
    name: str
    lifecycle: str


@dataclass(frozen=True, slots=True)
class Mentions:
    """All that name an entry in one way: `how`, how many, the first of them in order of their keys."""

    how: str
    count: int
    first: Sequence[Mention]


def find_mentions(entry: CatalogEntry, *, limit: int = 100, with_removed: bool = True) -> list[Mentions]:
    """The working copies that name `entry`, by how they do it. Two queries for each way."""
    found = []
    for how, entries in _ways(entry, with_removed=with_removed):
        found.append(Mentions(how, entries.count(), [Mention(*row) for row in entries.order_by("key")[:limit]]))
    return found


def light_rows(entries: "QuerySet[Any, Any]") -> "QuerySet[Any, Any]":
    """Rows of one model as the columns of `Mention`, so that rows of several models can be put together."""
    kind = Value(entries.model.kind, output_field=CharField())
    # Without an order of its own: SQLite takes none inside a union.
    return entries.order_by().values_list(kind, "pk", "key", "display_name", "lifecycle_state")


def _ways(entry: CatalogEntry, *, with_removed: bool) -> "list[tuple[str, QuerySet[Any, Any]]]":
    ways: list[tuple[str, QuerySet[Any, Any]]] = []
    if isinstance(entry, Provider):
        ways.append((STACK, Stack.objects.filter(stack_providers__provider=entry)))
    if isinstance(entry, Builder):
        ways.append((STACK, Stack.objects.filter(builder=entry)))
        ways.append((EXCLUDED, Provider.objects.filter(incompatible_builders=entry)))
    first, *others = (
        light_rows(_kept(model.objects.filter(lifecycle_replacement=entry.key), with_removed=with_removed))
        for model in ENTRY_MODELS
    )
    single = [(how, light_rows(_kept(entries, with_removed=with_removed))) for how, entries in ways]
    return [*single, (REPLACED, first.union(*others, all=True))]


def _kept(entries: "QuerySet[Any, Any]", *, with_removed: bool) -> "QuerySet[Any, Any]":
    return entries if with_removed else entries.exclude(lifecycle_state=Lifecycle.REMOVED)
