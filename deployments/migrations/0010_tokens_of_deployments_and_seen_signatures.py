import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0010_uploads_are_audited"),
        ("deployments", "0009_looks"),
    ]

    operations = [
        migrations.AddField(
            model_name="deployment",
            name="token",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.token"
            ),
        ),
        migrations.AlterField(
            model_name="hookdelivery",
            name="at",
            field=models.DateTimeField(db_index=True),
        ),
        migrations.CreateModel(
            name="SeenSignature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.CharField(max_length=64)),
                (
                    "hook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="seen", to="deployments.hook"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("hook", "fingerprint"), name="hook_signature_is_seen_once")
                ],
            },
        ),
    ]
