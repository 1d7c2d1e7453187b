"""A story that was published, and how its database is lost."""

from types import SimpleNamespace
from typing import Any

from django.db import connection

from catalog.actions.snapshots import request_rollback
from catalog.migrations._append_only import TABLES, create_triggers, drop_triggers
from catalog.models import (
    ENTRY_MODELS,
    Alias,
    Approval,
    AuditRecord,
    Invalidation,
    LiveEntry,
    LiveProvider,
    LiveWord,
    Provider,
    ProviderTag,
    Revision,
    SigningKey,
    Snapshot,
    SnapshotChange,
    Stack,
    Tag,
)
from catalog.publishing.publish import run_publish
from tests.catalog.publishing.histories import approve_first_step
from tests.factories import SANITY, builder_document, outlet, provider_document, publish, save

EMPTIED = (
    ProviderTag,
    LiveProvider,
    LiveEntry,
    LiveWord,
    Tag,
    SnapshotChange,
    Approval,
    Alias,
    Invalidation,
    SigningKey,
    AuditRecord,
)


def lose_database() -> None:
    """An empty database, as after `migrate`."""
    editor: Any = SimpleNamespace(connection=connection, execute=lambda sql: connection.cursor().execute(sql))
    for table in TABLES:
        drop_triggers(editor, table)
    for model in (*EMPTIED, Stack, Provider, *ENTRY_MODELS, Snapshot, Revision):
        if model is Snapshot:
            Snapshot.objects.update(parent=None)
        model._default_manager.all().delete()
    for table in TABLES:
        create_triggers(editor, table)
    assert sum(model._default_manager.count() for model in (*EMPTIED, *ENTRY_MODELS, Snapshot, Revision)) == 0


def roll_back(serial: int) -> None:
    snapshot = request_rollback(serial=serial, by=None, reason="Wrong", in_background=False)
    run_publish(snapshot.pk, outlet=outlet())
    snapshot.refresh_from_db()
    assert snapshot.state == "live"


def tell_story() -> None:
    """Added, changed, removed, replaced, aliases; rolled back; changed again."""
    approve_first_step()
    publish()
    save("provider", {**SANITY, "monthly_cost_range": [99, 300]})
    save("provider", provider_document("contentful", aliases=["providers/cms/content_ful"]))
    publish()
    roll_back(1)
    save("builder", builder_document("jekyll"))
    publish()
