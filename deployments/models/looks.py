"""What somebody asked of a source before there is a service of it: which builders fit."""

import uuid

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q

from catalog.models import Provider
from deployments.models.deployments import ErrorKind
from deployments.models.services import Service
from deployments.models.specs import SPEC


class LookState(models.TextChoices):
    WAITING = "waiting", "Waiting for a deployer"
    LOOKING = "looking", "Looking"
    FOUND = "found", "Found"
    FAILED = "failed", "Failed"


UNDER_WAY = (LookState.WAITING, LookState.LOOKING)
MAX_LOOKS = 2


class Look(models.Model):
    """One look at a source by a deployer; seen by who asked for it, and forgotten after a day.

    `digest` is of everything that the answer depends on, so that the same question gets the same row. Who holds `lease`
    may write, until `lease_expires_at`. `suggestions` are those of `deployments.builds.suggest`, as its runner keeps
    them. Secrets that were sent with it are rows of `Secret`, removed at its end. `service` is the one whose secrets
    count.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    requested_at = models.DateTimeField(db_index=True)
    team = models.ForeignKey(Group, models.CASCADE, null=True, related_name="+")
    service = models.ForeignKey(Service, models.CASCADE, null=True, related_name="+")
    provider = models.ForeignKey(Provider, models.CASCADE, related_name="+")
    source_backend = models.CharField(max_length=64, validators=[SPEC])
    source_config = models.JSONField(default=dict)
    routing = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=LookState, default=LookState.WAITING)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    revision = models.CharField(max_length=200, blank=True)
    suggestions = models.JSONField(default=list)
    error_kind = models.CharField(max_length=16, choices=ErrorKind, blank=True)
    error_message = models.TextField(blank=True)
    error_hint = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="person_has_one_look_under_way", fields=("requested_by",), condition=Q(state__in=UNDER_WAY)
            ),
            models.CheckConstraint(name="look_state_is_known", condition=Q(state__in=LookState.values)),
            models.CheckConstraint(
                name="look_is_held_while_somebody_looks",
                condition=Q(state=LookState.LOOKING, lease__isnull=False, lease_expires_at__isnull=False)
                | ~Q(state=LookState.LOOKING) & Q(lease__isnull=True, lease_expires_at__isnull=True),
            ),
            models.CheckConstraint(
                name="look_ends_with_a_time",
                condition=Q(state__in=UNDER_WAY, finished_at__isnull=True)
                | ~Q(state__in=UNDER_WAY) & Q(finished_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"Look at {self.source_backend} for {self.requested_by}"
