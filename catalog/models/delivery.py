"""What a publish needs beside snapshots: public keys, invalidations that the CDN owes us, leases, and signs of life."""

from django.db import models
from django.db.models import Q


class SigningKey(models.Model):
    """The public half of a key that signs, or signed, the pointer.

    `x` is the public key (RFC 8037), `kid` its thumbprint (RFC 7638), `not_after` None while it signs.
    """

    kid = models.CharField(max_length=64, unique=True)
    x = models.CharField(max_length=64)
    not_before = models.DateTimeField()
    not_after = models.DateTimeField(null=True)

    class Meta:
        ordering = ("not_before", "kid")

    def __str__(self) -> str:
        return self.kid


class InvalidationState(models.TextChoices):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    DONE = "done"


class Invalidation(models.Model):
    """Paths that the CDN must forget, kept until it has said that it did.

    `reference` makes a retry harmless. `attempts` counts what was tried; nothing is tried again before `next_try_at`.
    """

    reference = models.CharField(max_length=128, unique=True)
    paths = models.JSONField()
    state = models.CharField(max_length=16, choices=InvalidationState, default=InvalidationState.WAITING)
    cdn_id = models.CharField(max_length=128, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                # What waits untried is one row: a burst of publishes costs one request.
                name="one_invalidation_gathers_paths",
                fields=("state",),
                condition=Q(state=InvalidationState.WAITING, attempts=0),
            ),
        )

    def __str__(self) -> str:
        return self.reference


class Lease(models.Model):
    """Whoever has `token` may do `name` until `expires_at`."""

    name = models.CharField(max_length=32, unique=True)
    token = models.CharField(max_length=32)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Heartbeat(models.Model):
    """When a process was last heard of: `worker` is beaten by every sweep, so it needs a worker and beat alive."""

    name = models.CharField(max_length=32, unique=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
