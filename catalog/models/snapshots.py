"""What was published, and what each publish changed."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models.history import Revision


class SnapshotState(models.TextChoices):
    PENDING = "pending", "Waiting"
    PUBLISHING = "publishing", "Publishing"
    LIVE = "live", "Live"
    REPLACED = "replaced", "Replaced"
    FAILED = "failed", "Failed"


ONE_AT_A_TIME = (SnapshotState.PENDING, SnapshotState.PUBLISHING, SnapshotState.LIVE)


class Snapshot(models.Model):
    """One published whole, or the attempt at one.

    pending -> publishing -> live -> replaced, or failed. `serial`, `published_at`, `path` and `sha256` (of the file at
    `path`) are fixed before the pointer moves; a failed attempt keeps the serial that it did not get. `beat_at` is when
    its publisher was last heard of and `progress` what it did then, `expires_at` until when readers trust the pointer
    to it, `cdn_visible_at` when readers were first seen to get it, and `collected_at` when its files were deleted from
    the store.
    """

    serial = models.PositiveIntegerField(null=True, editable=False)
    parent = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="+")
    state = models.CharField(max_length=16, choices=SnapshotState, default=SnapshotState.PENDING)
    path = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    note = models.CharField(max_length=500, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)
    progress = models.CharField(max_length=64, blank=True)
    published_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    failure_reason = models.TextField(blank=True)
    rolled_back_to = models.PositiveIntegerField(null=True)
    expires_at = models.DateTimeField(null=True)
    cdn_visible_at = models.DateTimeField("seen by readers at", null=True)
    collected_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        permissions = (("publish_snapshot", "Can publish what is approved, and roll back"),)
        constraints = (
            models.UniqueConstraint(
                name="one_snapshot_waits_publishes_or_is_live", fields=("state",), condition=Q(state__in=ONE_AT_A_TIME)
            ),
            models.UniqueConstraint(
                name="published_serial_is_unique",
                fields=("serial",),
                condition=Q(state__in=(SnapshotState.LIVE, SnapshotState.REPLACED)),
            ),
            models.CheckConstraint(
                name="published_snapshot_has_serial_and_digest",
                condition=~Q(state__in=(SnapshotState.LIVE, SnapshotState.REPLACED))
                | (Q(serial__isnull=False, published_at__isnull=False) & ~Q(path="") & ~Q(sha256="")),
            ),
        )

    def __str__(self) -> str:
        return f"Snapshot {self.serial}" if self.serial else f"Snapshot request {self.pk}"


class SnapshotChange(models.Model):
    """What one snapshot changes in one entry.

    `old_revision` is None for an entry that was not live before, `new_revision` for one that a rollback takes out.
    """

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="changes")
    entry_key = models.CharField(max_length=160, db_index=True)
    old_revision = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="+")
    new_revision = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("entry_key",)
        constraints = (models.UniqueConstraint(name="snapshot_changes_entry_once", fields=("snapshot", "entry_key")),)

    def __str__(self) -> str:
        return self.entry_key
