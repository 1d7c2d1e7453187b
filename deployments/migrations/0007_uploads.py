import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("deployments", "0006_connections_are_of_sources_and_builds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("size_bytes", models.PositiveBigIntegerField()),
                ("received_bytes", models.PositiveBigIntegerField(default=0)),
                ("metadata", models.TextField(blank=True)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField(db_index=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="auth.group"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("received_bytes__lte", models.F("size_bytes"))),
                        name="upload_is_no_larger_than_it_said",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at__isnull", True), ("sha256", "")),
                            models.Q(
                                ("finished_at__isnull", False),
                                ("received_bytes", models.F("size_bytes")),
                                models.Q(("sha256", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="upload_that_is_whole_has_a_digest",
                    ),
                ],
            },
        ),
    ]
