"""What is live, in rows made for reading: the documents as the API answers them, and what they are searched by.

Written in the transaction that marks a snapshot live, from nothing but its revisions; it can be rebuilt at any time.
"""

from typing import ClassVar

from django.db import models

from catalog.models.history import Revision


class TagKind(models.TextChoices):
    FEATURE = "feature"
    ENGINE = "engine"
    MARKET = "market"


class Tag(models.Model):
    """A word that live providers have in one of their lists."""

    kind = models.CharField(max_length=8, choices=TagKind)
    name = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(name="tag_is_kept_once", fields=("kind", "name"))]

    def __str__(self) -> str:
        return self.name


class LiveWord(models.Model):
    """A word of live providers, and how many of them have it: what a misspelt word is compared with."""

    text = models.CharField(max_length=64, primary_key=True)
    entries = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.text


class LiveEntry(models.Model):
    """One live entry. `body` is its document as the API answers it; `etag` is the SHA-256 of those bytes.

    `serial` and `updated_at` are of the snapshot that last changed it, so neither goes back when a rollback does.
    `group` is the provider's type, the builder's or the stack's category. `words` is what full-text search reads, and
    `names` the part of it that the entry is called by: lower case, without marks (catalog/search/words.py). The
    database keeps its text index of both by itself.
    """

    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=16)
    slug = models.CharField(max_length=64)
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="+")
    serial = models.PositiveIntegerField()
    updated_at = models.DateTimeField()
    body = models.TextField()
    etag = models.CharField(max_length=64)
    display_name = models.CharField(max_length=100)
    group = models.CharField(max_length=64)
    lifecycle = models.CharField(max_length=16)
    complexity = models.CharField(max_length=16, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    monthly_cost_min = models.PositiveIntegerField(null=True)
    monthly_cost_max = models.PositiveIntegerField(null=True)
    names = models.TextField(blank=True)
    words = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(name="live_by_slug", fields=("kind", "slug")),
            models.Index(name="live_by_group", fields=("kind", "group", "key")),
            models.Index(name="live_by_cost", fields=("kind", "monthly_cost_min")),
            models.Index(name="live_by_complexity", fields=("kind", "complexity")),
        ]

    def __str__(self) -> str:
        return self.key


class LiveProvider(models.Model):
    """What a live provider is searched by: narrow, so that to count many of them little is read.

    `name` is what providers are sorted by when people read them.
    """

    entry = models.OneToOneField(LiveEntry, models.CASCADE, primary_key=True, related_name="+")
    key = models.CharField(max_length=160)
    name = models.CharField(max_length=300)
    provider_type = models.CharField(max_length=16)
    lifecycle = models.CharField(max_length=16)
    complexity = models.CharField(max_length=16, blank=True)
    monthly_cost_min = models.PositiveIntegerField(null=True)
    serial = models.PositiveIntegerField()
    tags = models.ManyToManyField(Tag, through="ProviderTag", related_name="providers")

    class Meta:
        # A unique column would have an index for LIKE as well on PostgreSQL.
        constraints: ClassVar = [models.UniqueConstraint(name="searched_provider_is_there_once", fields=("key",))]
        indexes: ClassVar = [
            models.Index(name="searched_by_type", fields=("provider_type", "key")),
            models.Index(name="searched_by_complexity", fields=("complexity",)),
            models.Index(name="searched_by_cost", fields=("monthly_cost_min", "key")),
            models.Index(name="searched_by_name", fields=("name", "key")),
            models.Index(name="searched_by_serial", fields=("serial", "key")),
        ]

    def __str__(self) -> str:
        return self.key


class ProviderTag(models.Model):
    """That a live provider has a tag. Read from the tag's side, out of one index."""

    provider = models.ForeignKey(LiveProvider, models.CASCADE, related_name="+")
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="provider_has_a_tag_once", fields=("tag", "provider")),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.tag_id}"
