"""A file that somebody uploaded, between its dry run and the confirmation."""

from django.conf import settings
from django.db import models


class Import(models.Model):
    """`rows` is a list of `{"line", "kind", "key", "number", "verdict"}`: `number` is the newest revision of the entry
    that the dry run compared with (0: there was none), so that what was looked at is what is written. Rows that write
    have a `document` until it is written, wrong ones `problems` (`column`, `message`), `more` and a `name`.
    """

    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    file_name = models.CharField(max_length=200)
    rows = models.JSONField()
    applied_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.file_name
