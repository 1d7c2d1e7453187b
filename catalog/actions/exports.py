"""Files of entries for a person: what they hold is the newest revision of each, approved or not."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Max, QuerySet
from django.db.models.functions import Length

from catalog.actions.errors import RefusedError
from catalog.documents.files import FORMATS, write_file
from catalog.models import AuditRecord
from catalog.models.audit import Verb

MAX_ENTRIES = 20_000
CANONICAL = "latest_revision__canonical"


def export_entries(entries: QuerySet[Any], *, file_format: str, by: User) -> bytes:
    """The file (`csv`, `xlsx`, `json`) of these entries in their order; noted in the audit log.

    One entry at a time is read and written; the finished file is what is held. Raises RefusedError for too many.
    """
    if file_format not in FORMATS:
        raise RefusedError("Choose CSV, XLSX or JSON.")
    recorded = entries.filter(latest_revision__isnull=False)
    count = recorded.count()
    if count > MAX_ENTRIES:
        raise RefusedError(
            f"{count:,} entries are too many for one file; {MAX_ENTRIES:,} are allowed. Filter the list first."
        )
    kind = entries.model.kind
    longest = recorded.order_by().aggregate(longest=Max(Length(CANONICAL)))["longest"] or 0
    texts: Iterable[str] = recorded.values_list(CANONICAL, flat=True).iterator(chunk_size=500)
    content = write_file(file_format, kind, texts, longest=longest)
    AuditRecord.objects.note(Verb.EXPORTED, by=by, object_name=f"{kind}s", detail=f"{count:,} as {file_format.upper()}")
    return content
