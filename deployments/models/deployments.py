"""One run of a service, what it said, and what it made."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models import Token
from deployments.models.connections import Connection
from deployments.models.services import Service


class DeploymentKind(models.TextChoices):
    DEPLOY = "deploy", "Deploy"
    REDEPLOY = "redeploy", "Deploy again"
    ROLLBACK = "rollback", "Roll back"


class DeploymentState(models.TextChoices):
    QUEUED = "queued", "Queued"
    FETCHING = "fetching", "Fetching"
    BUILDING = "building", "Building"
    DEPLOYING = "deploying", "Making live"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    SUPERSEDED = "superseded", "Replaced by a newer request"


class ErrorKind(models.TextChoices):
    """Whose turn it is: the person's, nobody's but time's, the operator's, or ours."""

    PERMANENT = "permanent", "Something must be changed"
    TRANSIENT = "transient", "It may work later"
    TIMEOUT = "timeout", "It took too long"
    LOST = "lost", "Its workers died"
    BUG = "bug", "A fault of the registry"


QUEUED = DeploymentState.QUEUED
RUNNING = (DeploymentState.FETCHING, DeploymentState.BUILDING, DeploymentState.DEPLOYING)
TERMINAL = (
    DeploymentState.SUCCEEDED,
    DeploymentState.FAILED,
    DeploymentState.CANCELLED,
    DeploymentState.SUPERSEDED,
)
MAX_ATTEMPTS = 3


class Artifact(models.Model):
    """What a build made, kept by its digest in the artifact store. `collected_at`: its files are gone."""

    digest = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=8)
    size_bytes = models.PositiveBigIntegerField()
    files = models.PositiveIntegerField()
    meta = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    collected_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:12]}"


class Deployment(models.Model):
    """queued -> fetching -> building -> deploying -> succeeded; or failed, cancelled, superseded.

    Who holds `lease` may write, until `lease_expires_at`; every write names it. `after` is when it may be claimed.
    `token`: the one that `requested_by` acted with, if a program asked. `uses_cache`: what earlier builds left for it.
    What it ran with, by the kind of backend: `backends` are `{"backend": key@major, "version": exact}`, `configs`, and
    `schemas` their digests; a rollback runs with a target alone. `revision` is what the source was resolved to,
    `artifact_of` the deployment that a rollback brings back. `place` is what the target writes to, `release` what it
    answered, `replaces` what was live before. `steps` is a list of `{step, connection, seconds}`, of those that failed
    too: the connection by its name, null where there are none.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service = models.ForeignKey(Service, models.PROTECT, related_name="deployments")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=DeploymentKind, default=DeploymentKind.DEPLOY)
    state = models.CharField(max_length=16, choices=DeploymentState, default=DeploymentState.QUEUED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    token = models.ForeignKey(Token, models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField()
    dedupe = models.CharField(max_length=200, blank=True)
    after = models.DateTimeField()
    uses_cache = models.BooleanField(default=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    connection = models.ForeignKey(Connection, models.PROTECT, null=True, related_name="deployments")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    registry_serial = models.PositiveIntegerField(null=True)
    backends = models.JSONField(default=dict)
    configs = models.JSONField(default=dict)
    schemas = models.JSONField(default=dict)
    revision = models.CharField(max_length=200, blank=True)
    artifact = models.ForeignKey(Artifact, models.PROTECT, null=True, related_name="deployments")
    artifact_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="rollbacks")
    place = models.CharField(max_length=1000, blank=True, db_index=True)
    release = models.JSONField(default=dict)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    steps = models.JSONField(default=list)
    error_kind = models.CharField(max_length=16, choices=ErrorKind, blank=True)
    error_message = models.TextField(blank=True)
    error_hint = models.TextField(blank=True)

    class Meta:
        ordering = ("-requested_at", "-number")
        indexes = (models.Index(name="deployment_state_after", fields=("state", "after")),)
        constraints = (
            models.UniqueConstraint(
                name="service_runs_one_deployment", fields=("service",), condition=Q(state__in=RUNNING)
            ),
            models.UniqueConstraint(
                name="service_queues_one_deployment", fields=("service",), condition=Q(state=QUEUED)
            ),
            models.UniqueConstraint(name="deployment_number_is_unique", fields=("service", "number")),
            models.UniqueConstraint(
                name="deployment_dedupe_is_unique", fields=("service", "dedupe"), condition=~Q(dedupe="")
            ),
            models.CheckConstraint(
                name="deployment_runs_with_a_lease",
                condition=(
                    Q(state__in=RUNNING, lease__isnull=False, lease_expires_at__isnull=False)
                    | (~Q(state__in=RUNNING) & Q(lease__isnull=True, lease_expires_at__isnull=True))
                ),
            ),
            models.CheckConstraint(
                name="deployment_ends_with_a_time",
                condition=(
                    Q(state__in=TERMINAL, finished_at__isnull=False)
                    | (~Q(state__in=TERMINAL) & Q(finished_at__isnull=True))
                ),
            ),
            models.CheckConstraint(name="deployment_state_is_known", condition=Q(state__in=DeploymentState.values)),
            models.CheckConstraint(name="deployment_has_few_attempts", condition=Q(attempt__lte=MAX_ATTEMPTS)),
            models.CheckConstraint(
                name="only_a_rollback_brings_back",
                condition=(
                    Q(kind=DeploymentKind.ROLLBACK, artifact_of__isnull=False)
                    | (~Q(kind=DeploymentKind.ROLLBACK) & Q(artifact_of__isnull=True))
                ),
            ),
        )

    def __str__(self) -> str:
        return f"Deployment {self.number} of {self.service}"


class LogLine(models.Model):
    """One line of what a deployment said. `seq` is given by the one who holds the lease: no gaps, no doubles."""

    deployment = models.ForeignKey(Deployment, models.CASCADE, related_name="lines")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    attempt = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=16)
    text = models.TextField()

    class Meta:
        ordering = ("deployment", "seq")
        constraints = (models.UniqueConstraint(name="log_line_seq_is_unique", fields=("deployment", "seq")),)

    def __str__(self) -> str:
        return self.text
