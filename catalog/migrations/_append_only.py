"""Triggers with which the database itself refuses to change or delete rows of a table, whoever asks.

A migration that rebuilds such a table on SQLite drops them: let it run `create_triggers` again.
"""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLES = ("catalog_revision", "catalog_auditrecord")
CREATE = {
    "sqlite": [
        "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
        "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
        "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        "CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION {table}_is_append_only()",
    ],
}
DROP = {
    "sqlite": ["DROP TRIGGER IF EXISTS {table}_no_update", "DROP TRIGGER IF EXISTS {table}_no_delete"],
    "postgresql": [
        "DROP TRIGGER IF EXISTS {table}_no_change ON {table}",
        "DROP FUNCTION IF EXISTS {table}_is_append_only()",
    ],
}


def create_triggers(schema_editor: BaseDatabaseSchemaEditor, table: str) -> None:
    for statement in CREATE[schema_editor.connection.vendor]:
        schema_editor.execute(statement.format(table=table))


def drop_triggers(schema_editor: BaseDatabaseSchemaEditor, table: str) -> None:
    for statement in DROP[schema_editor.connection.vendor]:
        schema_editor.execute(statement.format(table=table))
