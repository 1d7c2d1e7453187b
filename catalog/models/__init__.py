"""The rows: entries (working copies), their history, and what was published."""

from catalog.models.entries import (
    ENTRY_MODELS,
    Alias,
    Builder,
    CatalogEntry,
    Provider,
    Stack,
    StackProvider,
    find_entry,
    model_of,
)
from catalog.models.history import Approval, Revision
from catalog.models.snapshots import Snapshot, SnapshotChange

__all__ = [
    "ENTRY_MODELS",
    "Alias",
    "Approval",
    "Builder",
    "CatalogEntry",
    "Provider",
    "Revision",
    "Snapshot",
    "SnapshotChange",
    "Stack",
    "StackProvider",
    "find_entry",
    "model_of",
]
