"""Search in every text of an entry that people see: all words must be found, each anywhere."""

import re
from typing import TypeVar

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from catalog.models import Alias, CatalogEntry
from catalog.models.fields import TagListField, normalise_tag

AnyEntry = TypeVar("AnyEntry", bound=CatalogEntry)
# More would only cost time, and a database has limits of its own.
MAX_WORDS = 8
MAX_LENGTH = 100
TEXTS = (
    "key", "display_name", "tier_name", "description", "best_for", "website_url", "category", "icon",
    "hosting_pattern", "implementation_language", "backend", "lifecycle_reason",
)  # fmt: skip


def find_words(entries: "QuerySet[AnyEntry]", text: str) -> "QuerySet[AnyEntry]":
    """The entries that have every word of `text`, in upper or lower case; all of them if there is no word."""
    for word in text.replace("\0", " ").split()[:MAX_WORDS]:
        entries = _having(entries, word[:MAX_LENGTH])
    return entries


def having_tag(entries: "QuerySet[AnyEntry]", field: str, tag: str) -> "QuerySet[AnyEntry]":
    """The entries whose list `field` has this whole tag."""
    text = f"{field}_text"
    found: QuerySet[AnyEntry] = entries.alias(**{text: Cast(field, TextField())}).filter(
        **{f"{text}__contains": f'"{tag}"'}
    )
    return found


def _having(entries: "QuerySet[AnyEntry]", word: str) -> "QuerySet[AnyEntry]":
    columns = entries.model._meta.get_fields()
    found = Q(key__in=Alias.objects.filter(old_key__icontains=word).values("key"))
    for column in columns:
        if column.name in TEXTS:
            found |= Q(**{f"{column.name}__icontains": word})
    # Tags are stored as `real_time_apis`; people type `real-time`.
    tag = normalise_tag(word)
    tag_lists = [column.name for column in columns if isinstance(column, TagListField)]
    if re.fullmatch("[a-z0-9_]+", tag):
        for name in tag_lists:
            found |= Q(**{f"{name}_text__contains": tag})
    with_texts = entries.alias(**{f"{name}_text": Cast(name, TextField()) for name in tag_lists})
    having: QuerySet[AnyEntry] = with_texts.filter(found)
    return having
