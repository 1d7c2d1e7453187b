import uuid

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("catalog", "0009_services_are_audited"),
        ("deployments", "0008_services_have_hooks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Look",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("requested_at", models.DateTimeField(db_index=True)),
                (
                    "source_backend",
                    models.CharField(
                        max_length=64,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z][a-z0-9-]*@[1-9][0-9]*\\Z", "A backend is named like git@1."
                            )
                        ],
                    ),
                ),
                ("source_config", models.JSONField(default=dict)),
                ("routing", models.JSONField(default=dict)),
                ("digest", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for a deployer"),
                            ("looking", "Looking"),
                            ("found", "Found"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                ("lease", models.UUIDField(null=True)),
                ("lease_expires_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("revision", models.CharField(blank=True, max_length=200)),
                ("suggestions", models.JSONField(default=list)),
                (
                    "error_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("permanent", "Something must be changed"),
                            ("transient", "It may work later"),
                            ("timeout", "It took too long"),
                            ("lost", "Its workers died"),
                            ("bug", "A fault of the registry"),
                        ],
                        max_length=16,
                    ),
                ),
                ("error_message", models.TextField(blank=True)),
                ("error_hint", models.TextField(blank=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="secret",
            name="secret_has_one_owner",
        ),
        migrations.AddField(
            model_name="look",
            name="provider",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalog.provider"
            ),
        ),
        migrations.AddField(
            model_name="look",
            name="requested_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="look",
            name="service",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="deployments.service"
            ),
        ),
        migrations.AddField(
            model_name="look",
            name="team",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="auth.group"
            ),
        ),
        migrations.AddField(
            model_name="secret",
            name="look",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="secrets", to="deployments.look"
            ),
        ),
        migrations.AddConstraint(
            model_name="secret",
            constraint=models.UniqueConstraint(fields=("look", "name"), name="look_secret_is_there_once"),
        ),
        migrations.AddConstraint(
            model_name="secret",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("connection__isnull", True), ("look__isnull", True), ("service__isnull", False)),
                    models.Q(("connection__isnull", False), ("look__isnull", True), ("service__isnull", True)),
                    models.Q(("connection__isnull", True), ("look__isnull", False), ("service__isnull", True)),
                    _connector="OR",
                ),
                name="secret_has_one_owner",
            ),
        ),
        migrations.AddConstraint(
            model_name="look",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("waiting", "looking"))),
                fields=("requested_by",),
                name="person_has_one_look_under_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="look",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "looking", "found", "failed"])), name="look_state_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="look",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lease__isnull", False), ("lease_expires_at__isnull", False), ("state", "looking")),
                    models.Q(
                        models.Q(("state", "looking"), _negated=True),
                        ("lease__isnull", True),
                        ("lease_expires_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="look_is_held_while_somebody_looks",
            ),
        ),
        migrations.AddConstraint(
            model_name="look",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at__isnull", True), ("state__in", ("waiting", "looking"))),
                    models.Q(
                        models.Q(("state__in", ("waiting", "looking")), _negated=True), ("finished_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="look_ends_with_a_time",
            ),
        ),
    ]
