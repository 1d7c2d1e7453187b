"""The database itself refuses to change or delete a revision, whoever asks.

A migration that rebuilds the table on SQLite drops the triggers: run `create_triggers` again after it.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SQLITE = [
    f"CREATE TRIGGER catalog_revision_no_{verb} BEFORE {verb} ON catalog_revision "
    "BEGIN SELECT RAISE(ABORT, 'revisions are append-only'); END"
    for verb in ("update", "delete")
]
POSTGRESQL = [
    "CREATE FUNCTION catalog_revision_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'revisions are append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE TRIGGER catalog_revision_no_change BEFORE UPDATE OR DELETE ON catalog_revision "
    "FOR EACH ROW EXECUTE FUNCTION catalog_revision_is_append_only()",
]
UNDO = {
    "sqlite": ["DROP TRIGGER IF EXISTS catalog_revision_no_update", "DROP TRIGGER IF EXISTS catalog_revision_no_delete"],
    "postgresql": [
        "DROP TRIGGER IF EXISTS catalog_revision_no_change ON catalog_revision",
        "DROP FUNCTION IF EXISTS catalog_revision_is_append_only()",
    ],
}


def create_triggers(apps: Apps | None, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop_triggers(apps: Apps | None, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_catalogue_revisions_and_snapshots")]
    operations = [migrations.RunPython(create_triggers, drop_triggers)]
