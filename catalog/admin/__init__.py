"""Pages for people: thin, each write is one action."""

from catalog.admin.entries import BuilderAdmin, ProviderAdmin, StackAdmin
from catalog.admin.people import GroupAdmin, PersonAdmin
from catalog.admin.snapshots import SnapshotAdmin

__all__ = ["BuilderAdmin", "GroupAdmin", "PersonAdmin", "ProviderAdmin", "SnapshotAdmin", "StackAdmin"]
