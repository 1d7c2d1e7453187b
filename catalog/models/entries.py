"""The working copies that people edit: providers, builders, stacks, and the aliases of their keys.

A row is never published; its approved revision is (see `history`). Text limits and patterns repeat the released
schemas so that a form can say what is wrong at the field; the schemas stay the judge.
"""

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Concat

from catalog.models.choices import (
    BuilderCategory,
    CmsType,
    Complexity,
    EcommerceType,
    Lifecycle,
    PerformanceTier,
    ProviderType,
    SourceType,
    StackCategory,
)
from catalog.models.constraints import (
    COSTS_ARE_RANGES,
    CURRENCY_HAS_THREE_LETTERS,
    LIFECYCLE_SAYS_WHY,
    NAMED,
    one_of,
    only_for_types,
)
from catalog.models.fields import TagListField
from catalog.models.history import Revision
from catalog.models.validators import (
    MAX_MONEY,
    OLD_KEY_PATTERN,
    validate_backend,
    validate_currency,
    validate_https,
    validate_line,
    validate_slug,
    validate_tag,
    validate_text,
)


def key_expression(folder: str, *columns: str) -> models.GeneratedField:
    """The public path without .json, computed by the database so that it cannot disagree with its parts."""
    parts: list[Any] = [Value(folder)]
    for column in columns:
        parts += [Value("/"), F(column)]
    return models.GeneratedField(
        expression=Concat(*parts, output_field=models.CharField(max_length=160)),
        output_field=models.CharField(max_length=160),
        db_persist=True,
        unique=True,
    )


class CatalogEntry(models.Model):
    """What every entry has. The three revisions are: newest, what may be published, what is published."""

    kind: ClassVar[str]
    key: Any
    slug = models.SlugField(
        "name", max_length=64, validators=[validate_slug], help_text="Its name in paths. It stays for good."
    )
    display_name = models.CharField(max_length=100, validators=[validate_line])
    description = models.TextField(max_length=2000, blank=True, validators=[validate_text])
    icon = models.CharField(max_length=64, blank=True, validators=[validate_slug], help_text="Name in the icon set.")
    website_url = models.URLField("website", blank=True, validators=[validate_https])
    best_for = models.CharField(
        max_length=500, blank=True, validators=[validate_line], help_text="One sentence: who should choose it."
    )
    lifecycle_state = models.CharField("lifecycle", max_length=16, choices=Lifecycle, default=Lifecycle.ACTIVE)
    lifecycle_since = models.DateField("since", null=True, blank=True)
    lifecycle_reason = models.CharField("reason", max_length=500, blank=True, validators=[validate_line])
    lifecycle_replacement = models.CharField(
        "replacement",
        max_length=160,
        blank=True,
        help_text="Key of the entry to use instead, such as providers/cms/sanity.",
    )
    latest_revision = models.ForeignKey(Revision, models.PROTECT, null=True, editable=False, related_name="+")
    approved_revision = models.ForeignKey(Revision, models.PROTECT, null=True, editable=False, related_name="+")
    live_revision = models.ForeignKey(Revision, models.PROTECT, null=True, editable=False, related_name="+")

    class Meta:
        abstract = True
        ordering = ("key",)
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            *NAMED,
            one_of("lifecycle_state", Lifecycle.values),
            LIFECYCLE_SAYS_WHY,
        )

    def __str__(self) -> str:
        return self.display_name

    @property
    def is_approved(self) -> bool:
        """Whether the newest revision may be published."""
        return self.latest_revision_id is not None and self.latest_revision_id == self.approved_revision_id

    @property
    def is_live(self) -> bool:
        """Whether readers see the newest revision."""
        return self.latest_revision_id is not None and self.latest_revision_id == self.live_revision_id


class PricedEntry(CatalogEntry):
    """What providers and stacks share: costs, market, fit."""

    tier_name = models.CharField(max_length=150, blank=True, validators=[validate_line])
    currency = models.CharField(max_length=3, default="USD", validators=[validate_currency])
    monthly_cost_min = models.PositiveIntegerField(null=True, blank=True, validators=[MaxValueValidator(MAX_MONEY)])
    monthly_cost_max = models.PositiveIntegerField(null=True, blank=True, validators=[MaxValueValidator(MAX_MONEY)])
    setup_cost_min = models.PositiveIntegerField(null=True, blank=True, validators=[MaxValueValidator(MAX_MONEY)])
    setup_cost_max = models.PositiveIntegerField(null=True, blank=True, validators=[MaxValueValidator(MAX_MONEY)])
    target_market = TagListField()
    complexity_level = models.CharField("complexity", max_length=16, choices=Complexity, blank=True)
    ssg_engine_options = TagListField("site engines")
    template_variants = TagListField()
    key_features = TagListField()
    hosting_pattern = models.CharField(max_length=64, blank=True, validators=[validate_tag])
    performance_tier = models.CharField(max_length=16, choices=PerformanceTier, blank=True)

    class Meta(CatalogEntry.Meta):
        abstract = True
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            *CatalogEntry.Meta.constraints,
            one_of("complexity_level", Complexity.values, blank=True),
            one_of("performance_tier", PerformanceTier.values, blank=True),
            *COSTS_ARE_RANGES,
            CURRENCY_HAS_THREE_LETTERS,
        )


class Builder(CatalogEntry):
    """How source becomes something deployable."""

    kind = "builder"
    key = key_expression("builders", "slug")
    category = models.CharField(max_length=64, choices=BuilderCategory)
    backend = models.CharField(
        max_length=64, validators=[validate_backend], help_text="The code that does the work: hugo@1."
    )
    config_schema = models.JSONField(
        default=dict, blank=True, help_text="JSON Schema of the settings that a service gives."
    )
    ssg_engine_options = TagListField("site engines")
    key_features = TagListField()

    class Meta(CatalogEntry.Meta):
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            *CatalogEntry.Meta.constraints,
            one_of("category", BuilderCategory.values),
        )


class Provider(PricedEntry):
    """A CMS, an e-commerce service, a static-site generator or a place that source code comes from."""

    kind = "provider"
    key = key_expression("providers", "provider_type", "slug")
    provider_type = models.CharField("type", max_length=16, choices=ProviderType)
    category = models.CharField(
        max_length=64, validators=[validate_tag], help_text="The kind of offer: cms_tier_service."
    )
    backend = models.CharField(
        max_length=64,
        blank=True,
        validators=[validate_backend],
        help_text="Source providers: the code that fetches, github@1.",
    )
    config_schema = models.JSONField(
        default=dict, blank=True, help_text="JSON Schema of the settings that a service gives."
    )
    incompatible_builders = models.ManyToManyField(
        Builder, blank=True, related_name="+", help_text="Builders that would fit, but must not be offered."
    )
    cms_type = models.CharField("CMS type", max_length=16, choices=CmsType, blank=True)
    ecommerce_type = models.CharField("shop type", max_length=16, choices=EcommerceType, blank=True)
    transaction_fee_basis_points = models.PositiveIntegerField(
        "transaction fee",
        null=True,
        blank=True,
        validators=[MaxValueValidator(10_000)],
        help_text="Hundredths of a percent.",
    )
    implementation_language = models.CharField("language", max_length=64, blank=True, validators=[validate_tag])
    rendering_modes = TagListField()
    source_type = models.CharField(max_length=16, choices=SourceType, blank=True)

    class Meta(PricedEntry.Meta):
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            *PricedEntry.Meta.constraints,
            one_of("provider_type", ProviderType.values),
            *only_for_types(
                (
                    ("cms_type", "cms", ""),
                    ("ecommerce_type", "ecommerce", ""),
                    ("transaction_fee_basis_points", "ecommerce", None),
                    ("implementation_language", "ssg", ""),
                    ("rendering_modes", "ssg", []),
                    ("source_type", "source", ""),
                )
            ),
        )


class Stack(PricedEntry):
    """A ready combination of providers and a builder."""

    kind = "stack"
    key = key_expression("stacks", "category", "slug")
    category = models.CharField(max_length=16, choices=StackCategory)
    key_benefits = TagListField()
    builder = models.ForeignKey(Builder, models.PROTECT, null=True, blank=True, related_name="stacks")
    providers = models.ManyToManyField(Provider, through="StackProvider", related_name="stacks")

    class Meta(PricedEntry.Meta):
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            *PricedEntry.Meta.constraints,
            one_of("category", StackCategory.values),
        )


class StackProvider(models.Model):
    """A provider's place in a stack; `position` keeps the order that people gave."""

    stack = models.ForeignKey(Stack, models.CASCADE, related_name="stack_providers")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="stack_providers")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "pk")
        constraints = (models.UniqueConstraint(name="stack_has_provider_once", fields=("stack", "provider")),)

    def __str__(self) -> str:
        return self.provider.display_name


class Alias(models.Model):
    """An older key under which readers may still ask for an entry (`providers/ecommerce/shopify_basic`)."""

    old_key = models.CharField(
        max_length=160,
        unique=True,
        validators=[RegexValidator(OLD_KEY_PATTERN)],
    )
    key = models.CharField(max_length=160, db_index=True)

    class Meta:
        ordering = ("old_key",)
        verbose_name_plural = "aliases"

    def __str__(self) -> str:
        return f"{self.old_key} -> {self.key}"


ENTRY_MODELS: tuple[type[Provider] | type[Builder] | type[Stack], ...] = (Provider, Builder, Stack)
FOLDERS: dict[str, type[Provider] | type[Builder] | type[Stack]] = {
    "providers": Provider,
    "builders": Builder,
    "stacks": Stack,
}


def model_of(key: str) -> type[Provider] | type[Builder] | type[Stack]:
    """The model whose rows have keys like this one. Raises KeyError for a foreign folder."""
    return FOLDERS[key.partition("/")[0]]


def find_entry(key: str) -> Provider | Builder | Stack | None:
    """The row with this key, or None. One query."""
    model = FOLDERS.get(key.partition("/")[0])
    return model.objects.filter(key=key).first() if model else None
