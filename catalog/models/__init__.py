"""The rows: entries (working copies), their history, and what was published."""

from catalog.models.access import ListColumns, TypeLimit
from catalog.models.audit import Activity, AuditRecord
from catalog.models.clients import IdempotencyKey, ReadCount, Token, TokenOwner
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
from catalog.models.index import LiveEntry, LiveProvider, LiveWord, ProviderTag, Tag
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
    "IdempotencyKey",
    "Import",
    "Invalidation",
    "Lease",
    "ListColumns",
    "LiveEntry",
    "LiveProvider",
    "LiveWord",
    "Provider",
    "ProviderTag",
    "ReadCount",
    "Revision",
    "SigningKey",
    "Snapshot",
    "SnapshotChange",
    "Stack",
    "StackProvider",
    "Tag",
    "Token",
    "TokenOwner",
    "TypeLimit",
    "find_entry",
    "model_of",
]
