"""What people deploy."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models import Builder, Provider, Stack
from deployments.models.specs import SPEC


class Service(models.Model):
    """A source, a build and a target, each by its backend's `key@major` with its config.

    `active` is the deployment that is live. `is_pinned` after a rollback: nothing is deployed by itself until somebody
    unpins it. `routing` chooses connections by the kind of backend: `{"source": {"connection": NAME}}` or
    `{"build": {"labels": {NAME: VALUE}}}`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    environment = models.SlugField(max_length=40, default="production")
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
    active = models.ForeignKey("Deployment", models.PROTECT, null=True, editable=False, related_name="+")
    is_pinned = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("name", "environment")
        permissions = (("deploy_service", "Can deploy services, cancel, and roll back"),)
        constraints = (
            models.UniqueConstraint(
                name="service_is_there_once", fields=("name", "environment"), condition=Q(removed_at=None)
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.environment})"
