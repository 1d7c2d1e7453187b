"""Connections of targets were never used: a target does not fail over. There are none any more.

Nothing is removed here: an operator looks at such rows first.
"""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

LEFT = "Connections of targets do nothing and cannot be kept: {}. Remove these rows, then migrate again."


def refuse_targets(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rows = apps.get_model("deployments", "Connection").objects.using(schema_editor.connection.alias)
    if names := sorted(rows.filter(kind="target").values_list("name", flat=True)):
        raise ValueError(LEFT.format(", ".join(names)))


class Migration(migrations.Migration):
    dependencies = [("deployments", "0005_services_have_teams_and_revisions")]

    operations = [
        migrations.RunPython(refuse_targets, migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="connection", name="connection_kind_is_known"),
        migrations.AlterField(
            model_name="connection",
            name="kind",
            field=models.CharField(choices=[("source", "Source"), ("build", "Build")], max_length=8),
        ),
        migrations.AddConstraint(
            model_name="connection",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ("source", "build"))), name="connection_is_of_source_or_build"
            ),
        ),
    ]
