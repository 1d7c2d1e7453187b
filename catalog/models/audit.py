"""Who did what, when, to what: one row for each deed and each refusal, append-only like revisions."""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone
from structlog.contextvars import get_contextvars


class Verb(models.TextChoices):
    CREATED = "created"
    EDITED = "edited"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn", "Approval withdrawn"
    PUBLISH_REQUESTED = "publish_requested", "Publish asked for"
    ROLLBACK_REQUESTED = "rollback_requested", "Rollback asked for"
    PUBLISHED = "published"
    PUBLISH_FAILED = "publish_failed", "Publish failed"
    IMPORTED = "imported"
    EXPORTED = "exported"
    SIGNED_IN = "signed_in", "Signed in"
    SIGNED_OUT = "signed_out", "Signed out"
    SIGN_IN_FAILED = "sign_in_failed", "Sign-in failed"
    PERMISSIONS_CHANGED = "permissions_changed", "Permissions changed"
    SERVICE_CREATED = "service_created", "Service made"
    SERVICE_CHANGED = "service_changed", "Service changed"
    SERVICE_REMOVED = "service_removed", "Service removed"
    DEPLOYMENT_REQUESTED = "deployment_requested", "Deployment asked for"
    DEPLOYMENT_CANCELLED = "deployment_cancelled", "Deployment cancelled"
    SECRET_CHANGED = "secret_changed", "Secret changed"
    CONNECTION_CHANGED = "connection_changed", "Connection changed"
    UPLOAD_BEGUN = "upload_begun", "Upload begun"
    UPLOAD_FINISHED = "upload_finished", "Upload whole"
    UPLOAD_REMOVED = "upload_removed", "Upload removed"
    PATTERN_NOTED = "pattern_noted", "Unusual pattern"
    REFUSED = "refused"


# What the activity feed shows: the life of the catalogue, nothing about people's accounts.
CATALOGUE_VERBS = (
    Verb.CREATED,
    Verb.EDITED,
    Verb.APPROVED,
    Verb.REJECTED,
    Verb.WITHDRAWN,
    Verb.PUBLISH_REQUESTED,
    Verb.ROLLBACK_REQUESTED,
    Verb.PUBLISHED,
    Verb.PUBLISH_FAILED,
    Verb.IMPORTED,
)


class AuditRecordManager(models.Manager["AuditRecord"]):
    def note(self, verb: Verb, *, by: User | None, object_name: str = "", detail: str = "") -> "AuditRecord":
        """Keep one deed; request id and address are those of the request that runs (`registry_site.middleware`)."""
        running = get_contextvars()
        return self.create(
            at=timezone.now(),
            by=by,
            verb=verb,
            object_name=object_name[:160],
            detail=detail[:500],
            request_id=running.get("request_id", ""),
            address=running.get("address"),
        )


class AuditRecord(models.Model):
    """One deed. `object_name` is an entry's key, `serial 12`, a person's or a group's name; `address` the caller's IP.

    `by` is None for commands, workers, and sign-ins that failed (`object_name` is then the name that was tried).
    A database trigger refuses UPDATE and DELETE.
    """

    at = models.DateTimeField(db_index=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=24, choices=Verb, db_index=True)
    object_name = models.CharField("object", max_length=160, blank=True, db_index=True)
    detail = models.CharField(max_length=500, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    address = models.GenericIPAddressField(null=True)

    objects: ClassVar[AuditRecordManager] = AuditRecordManager()

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name = "audit record"

    def __str__(self) -> str:
        return f"{self.get_verb_display()} {self.object_name}".strip()


class ActivityManager(models.Manager["Activity"]):
    def get_queryset(self) -> "models.QuerySet[Activity]":
        return super().get_queryset().filter(verb__in=CATALOGUE_VERBS)


class Activity(AuditRecord):
    """The part of the audit log that everybody with access to the catalogue may read."""

    objects: ClassVar[ActivityManager] = ActivityManager()  # type: ignore[assignment]

    class Meta:
        proxy = True
        verbose_name_plural = "activity"
