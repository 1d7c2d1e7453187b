"""What people deploy."""

import uuid

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q

from catalog.models import Builder, Provider, Revision, Stack
from deployments.models.specs import SPEC


class Service(models.Model):
    """A source, a build and a target, each by its backend's `key@major` with its config.

    `team` are the people who see it; without one, those who see every service. `latest_revision` is what people saved
    last, `active` the deployment that is live. `is_pinned` after a rollback: nothing is deployed by itself until
    somebody unpins it. `routing` chooses connections by the kind of backend: `{"source": {"connection": NAME}}` or
    `{"build": {"labels": {NAME: VALUE}}}`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    environment = models.SlugField(max_length=40, default="production")
    team = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="services")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="services")
    builder = models.ForeignKey(Builder, models.PROTECT, related_name="services")
    stack = models.ForeignKey(Stack, models.PROTECT, null=True, blank=True, related_name="services")
    source_backend = models.CharField(max_length=64, validators=[SPEC])
    build_backend = models.CharField(max_length=64, validators=[SPEC])
    target_backend = models.CharField(max_length=64, validators=[SPEC])
    source_config = models.JSONField(default=dict, blank=True)
    build_config = models.JSONField(default=dict, blank=True)
    target_config = models.JSONField(default=dict, blank=True)
    routing = models.JSONField(default=dict, blank=True)
    latest_revision = models.ForeignKey(Revision, models.PROTECT, null=True, editable=False, related_name="+")
    active = models.ForeignKey("Deployment", models.PROTECT, null=True, editable=False, related_name="+")
    is_pinned = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("name", "environment")
        permissions = (
            ("deploy_service", "Can deploy services, cancel, and roll back"),
            ("see_every_service", "Can see the services of every team"),
        )
        constraints = (
            models.UniqueConstraint(
                name="service_is_there_once", fields=("name", "environment"), condition=Q(removed_at=None)
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.environment})"

    @property
    def key(self) -> str:
        """What its revisions are kept by."""
        return f"services/{self.pk}"
