"""Where others say that something was pushed, and what they said."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from deployments.models.deployments import Deployment
from deployments.models.services import Service


class Flavour(models.TextChoices):
    """Who sends, which says how it is signed and what a push looks like."""

    GITHUB = "github", "GitHub"
    GITLAB = "gitlab", "GitLab"
    GENERIC = "generic", "Any program"


class Hook(models.Model):
    """An address that deploys its service when a push is sent there, signed with the hook's secret.

    `token` is its place in the address and cannot be guessed. `branches` are patterns such as `release/*`, none for
    every branch. `refusals` counts what came to the address with a wrong signature; nothing else is kept of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service = models.ForeignKey(Service, models.CASCADE, related_name="hooks")
    token = models.CharField(max_length=64, unique=True)
    flavour = models.CharField(max_length=8, choices=Flavour)
    branches = models.JSONField(default=list)
    ciphertext = models.TextField()
    is_enabled = models.BooleanField(default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    rotated_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    refusals = models.PositiveIntegerField(default=0)
    last_refused_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("created_at", "pk")
        constraints = (
            models.CheckConstraint(name="hook_flavour_is_known", condition=Q(flavour__in=Flavour.values)),
            models.CheckConstraint(name="hook_has_a_secret", condition=~Q(ciphertext="")),
        )

    def __str__(self) -> str:
        return f"{self.get_flavour_display()} hook of {self.service}"

    @property
    def name(self) -> str:
        return f"hook {self.pk}"

    @property
    def sealed_for(self) -> str:
        return f"hook:{self.pk}"


class Outcome(models.TextChoices):
    DEPLOYED = "deployed", "Deployed"
    IGNORED = "ignored", "Ignored"


class HookDelivery(models.Model):
    """One push that was told and whose signature was right; the same one again is this one.

    `fingerprint` is the digest of what was signed, so that nobody who overheard it tells it again under another name;
    empty where the sender signs nothing. `reason` says why it was ignored.
    """

    hook = models.ForeignKey(Hook, models.CASCADE, related_name="deliveries")
    delivery = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(db_index=True)
    event = models.CharField(max_length=50)
    branch = models.CharField(max_length=250, blank=True)
    commit = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome)
    reason = models.CharField(max_length=300, blank=True)
    deployment = models.ForeignKey(Deployment, models.PROTECT, null=True, related_name="deliveries")

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.UniqueConstraint(name="hook_delivery_is_there_once", fields=("hook", "delivery")),
            models.UniqueConstraint(
                name="hook_delivery_is_signed_once", fields=("hook", "fingerprint"), condition=~Q(fingerprint="")
            ),
            models.CheckConstraint(
                name="hook_delivery_deploys_or_says_why",
                condition=Q(outcome=Outcome.DEPLOYED, deployment__isnull=False)
                | Q(outcome=Outcome.IGNORED, deployment__isnull=True) & ~Q(reason=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.event} {self.delivery}"


class SeenSignature(models.Model):
    """What was signed in a delivery that is forgotten: GitHub signs no time, so it would count again for ever."""

    hook = models.ForeignKey(Hook, models.CASCADE, related_name="seen")
    fingerprint = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(name="hook_signature_is_seen_once", fields=("hook", "fingerprint")),)

    def __str__(self) -> str:
        return self.fingerprint[:12]
