"""The rows: entries (working copies), their history, and what was published."""

from catalog.models.access import ListColumns, TypeLimit
from catalog.models.audit import Activity, AuditRecord
from catalog.models.delivery import Heartbeat, Invalidation, Lease, SigningKey
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
from catalog.models.imports import Import
from catalog.models.snapshots import Snapshot, SnapshotChange

__all__ = [
    "ENTRY_MODELS",
    "Activity",
    "Alias",
    "Approval",
    "AuditRecord",
    "Builder",
    "CatalogEntry",
    "Heartbeat",
    "Import",
    "Invalidation",
    "Lease",
    "ListColumns",
    "Provider",
    "Revision",
    "SigningKey",
    "Snapshot",
    "SnapshotChange",
    "Stack",
    "StackProvider",
    "TypeLimit",
    "find_entry",
    "model_of",
]
