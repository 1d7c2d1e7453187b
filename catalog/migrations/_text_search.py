"""The text index of live entries, which each database keeps by itself: GIN on PostgreSQL, FTS5 on SQLite.

A migration that rebuilds the table on SQLite drops the triggers: let it run `create_text_index` again.
"""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

COLUMNS = ("names", "words")
# Words come split and folded: FTS5 must do nothing to them, PostgreSQL must not parse them.
CREATE = {
    "sqlite": [
        "CREATE VIRTUAL TABLE catalog_livetext USING fts5(names, words, content='catalog_liveentry', "
        "content_rowid='id', tokenize='ascii', detail=column, columnsize=0, prefix='1 2 3')",
        "CREATE TRIGGER catalog_livetext_insert AFTER INSERT ON catalog_liveentry BEGIN "
        "INSERT INTO catalog_livetext(rowid, names, words) VALUES (new.id, new.names, new.words); END",
        "CREATE TRIGGER catalog_livetext_delete AFTER DELETE ON catalog_liveentry BEGIN "
        "INSERT INTO catalog_livetext(catalog_livetext, rowid, names, words) "
        "VALUES ('delete', old.id, old.names, old.words); END",
        "CREATE TRIGGER catalog_livetext_update AFTER UPDATE ON catalog_liveentry BEGIN "
        "INSERT INTO catalog_livetext(catalog_livetext, rowid, names, words) "
        "VALUES ('delete', old.id, old.names, old.words); "
        "INSERT INTO catalog_livetext(rowid, names, words) VALUES (new.id, new.names, new.words); END",
        "INSERT INTO catalog_livetext(catalog_livetext) VALUES ('rebuild')",
    ],
    "postgresql": [
        f"CREATE INDEX catalog_live_{column} ON catalog_liveentry "
        f"USING gin (array_to_tsvector(string_to_array({column}, ' '))) WHERE kind = 'provider'"
        for column in COLUMNS
    ]
    # Bodies and words beside the rows: what is not read is then not in the way.
    + ["ALTER TABLE catalog_liveentry SET (toast_tuple_target = 128)"],
}
DROP = {
    "sqlite": [
        *(f"DROP TRIGGER IF EXISTS catalog_livetext_{event}" for event in ("insert", "delete", "update")),
        "DROP TABLE IF EXISTS catalog_livetext",
    ],
    "postgresql": [f"DROP INDEX IF EXISTS catalog_live_{column}" for column in COLUMNS]
    + ["ALTER TABLE catalog_liveentry RESET (toast_tuple_target)"],
}


def create_text_index(schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(CREATE, schema_editor)


def drop_text_index(schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(DROP, schema_editor)


def _run(statements: dict[str, list[str]], schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement)
