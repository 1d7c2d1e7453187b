"""The database itself refuses to change or delete a revision."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from catalog.migrations._append_only import create_triggers, drop_triggers


def refuse_changes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    create_triggers(schema_editor, "catalog_revision")


def allow_changes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    drop_triggers(schema_editor, "catalog_revision")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_catalogue_revisions_and_snapshots")]
    operations = [migrations.RunPython(refuse_changes, allow_changes)]
