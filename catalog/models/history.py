"""The append-only past of every entry: revisions, and who approved them."""

import json
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class RevisionSource(models.TextChoices):
    ADMIN = "admin"
    API = "api"
    COMMAND = "command"
    IMPORT = "import"
    RESTORE = "restore"
    STARTER = "starter"


class RevisionManager(models.Manager["Revision"]):
    def of_entries(self) -> "models.QuerySet[Revision]":
        """Without those of services, which are kept in the same table and are their teams' business."""
        return self.exclude(entry_key__startswith="services/")


class Revision(models.Model):
    """One immutable document of one entry, or of one service. A database trigger refuses UPDATE and DELETE.

    `canonical` is the document in RFC 8785 form and `sha256` the digest of its UTF-8 bytes; it is kept as text so that
    nothing is canonicalised twice. `lifecycle`, `category` (a provider's type) and `size_bytes` repeat the document so
    that index and manifest can be made without reading documents.
    """

    entry_key = models.CharField(max_length=160)
    number = models.PositiveIntegerField()
    canonical = models.TextField()
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField()
    lifecycle = models.CharField(max_length=16)
    category = models.CharField(max_length=64)
    schema_version = models.CharField(max_length=16)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    change_note = models.CharField(max_length=500)
    source = models.CharField(max_length=16, choices=RevisionSource)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(db_index=True)

    objects: ClassVar[RevisionManager] = RevisionManager()

    class Meta:
        ordering = ("entry_key", "-number")
        permissions = (
            ("approve_revision", "Can approve revisions for publishing"),
            ("change_config_schema", "Can change config schemas"),
        )
        constraints = (
            models.UniqueConstraint(name="revision_number_is_unique", fields=("entry_key", "number")),
            models.CheckConstraint(name="revision_number_is_positive", condition=Q(number__gte=1)),
            models.CheckConstraint(name="revision_has_a_note", condition=~Q(change_note="")),
            models.CheckConstraint(
                name="revision_by_a_person_has_an_author",
                condition=Q(author__isnull=False) | Q(source__in=(RevisionSource.STARTER, RevisionSource.COMMAND)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.entry_key} #{self.number}"

    @cached_property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.canonical)
        return document


class Decision(models.TextChoices):
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Approval(models.Model):
    """One decision about one revision: a log; the entry's `approved_revision` is what counts now."""

    revision = models.ForeignKey(Revision, models.PROTECT, related_name="approvals")
    decision = models.CharField(max_length=16, choices=Decision)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField()
    comment = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-decided_at", "-pk")

    def __str__(self) -> str:
        return f"{self.revision}: {self.decision}"
