"""Archives that people send, for services whose source is an upload."""

import uuid

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import F, Q


class Upload(models.Model):
    """An archive that arrives in pieces; its bytes are in a file (see `deployments.runner.uploads`).

    Services of `team` may use it; without one, those that belong to no team. `metadata` is what the sender said of it,
    as it was said. `sha256` and `finished_at` are there when it is whole; `changed_at` is when bytes came last.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    team = models.ForeignKey(Group, models.SET_NULL, null=True, related_name="+")
    size_bytes = models.PositiveBigIntegerField()
    received_bytes = models.PositiveBigIntegerField(default=0)
    metadata = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField(db_index=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="upload_is_no_larger_than_it_said", condition=Q(received_bytes__lte=F("size_bytes"))
            ),
            models.CheckConstraint(
                name="upload_that_is_whole_has_a_digest",
                condition=Q(finished_at__isnull=True, sha256="")
                | (Q(finished_at__isnull=False, received_bytes=F("size_bytes")) & ~Q(sha256="")),
            ),
        )

    def __str__(self) -> str:
        return f"Upload {self.pk}"
