"""The rows: entries (working copies), their history, and what was published."""

from catalog.models.delivery import Invalidation, Lease, SigningKey
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
    "Invalidation",
    "Lease",
    "Provider",
    "Revision",
    "SigningKey",
    "Snapshot",
    "SnapshotChange",
    "Stack",
    "StackProvider",
    "find_entry",
    "model_of",
]
