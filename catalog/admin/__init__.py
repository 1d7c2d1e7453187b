"""Pages for people: thin, each write is one action. One folder a noun; `urls` lists the pages that are no model's."""

from catalog.admin.entries.admin import BuilderAdmin, ProviderAdmin, StackAdmin
from catalog.admin.people.admin import GroupAdmin, PersonAdmin
from catalog.admin.people.audit import ActivityAdmin, AuditRecordAdmin
from catalog.admin.publishing.snapshots import SnapshotAdmin

__all__ = [
    "ActivityAdmin",
    "AuditRecordAdmin",
    "BuilderAdmin",
    "GroupAdmin",
    "PersonAdmin",
    "ProviderAdmin",
    "SnapshotAdmin",
    "StackAdmin",
]
