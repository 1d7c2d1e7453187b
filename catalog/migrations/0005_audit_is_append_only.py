"""The database itself refuses to change or delete an audit record."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from catalog.migrations._append_only import create_triggers, drop_triggers


def refuse_changes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    create_triggers(schema_editor, "catalog_auditrecord")


def allow_changes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    drop_triggers(schema_editor, "catalog_auditrecord")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_audit_access_imports_and_signs_of_life")]
    operations = [migrations.RunPython(refuse_changes, allow_changes)]
