"""How the questions about an entry are grouped."""

from typing import Any

from catalog.models.choices import ProviderType

Group = tuple[str | None, dict[str, Any]]
MONEY = (("monthly_cost_min", "monthly_cost_max", "currency"), ("setup_cost_min", "setup_cost_max"))
FIT = (
    "target_market", "complexity_level", "ssg_engine_options", "key_features", "template_variants", "hosting_pattern",
    "performance_tier",
)  # fmt: skip
TYPE_FIELDS: dict[str, tuple[Any, ...]] = {
    ProviderType.CMS: ("cms_type",),
    ProviderType.ECOMMERCE: ("ecommerce_type", "transaction_fee_basis_points"),
    ProviderType.SSG: ("implementation_language", "rendering_modes"),
    ProviderType.SOURCE: ("source_type",),
}


def group(title: str | None, *fields: Any, about: str = "", classes: tuple[str, ...] = ()) -> Group:
    """A group of questions with a sentence about it. `about` is shown as it stands: never put people's text there."""
    return title, {"fields": fields, "classes": classes, **({"description": about} if about else {})}


COSTS = group(
    "Costs",
    *MONEY,
    about="Whole amounts: the least and the most that a customer pays. Leave both empty if nobody can say.",
)
OLD_KEYS = group("Old keys", "aliases", about="Only if the entry was known under another key.", classes=("collapse",))
CHANGE = group(
    "This change",
    "change_note",
    "breaking_schema_reason",
    "expected_revision",
    about="Saving makes a draft. Readers see it once it is approved and published.",
)
ORDER = "The order is the order that readers see."
WHAT_IT_IS = "What somebody reads who compares it with others."
SETTING_UP = (
    "For developers: what runs when somebody sets up a service, and what it asks them. Ask one of them if you are none."
)
TYPE_ABOUT: dict[str, str] = {
    ProviderType.CMS: "Only content systems are asked this.",
    ProviderType.ECOMMERCE: "Only shops are asked this.",
    ProviderType.SSG: "Only site generators are asked this.",
    ProviderType.SOURCE: "Only places of source code are asked this.",
}


def provider_groups(provider_type: str | None) -> tuple[Group, ...]:
    """Of an entry the questions of its own type only; of a new one those of every type, since it is still open."""
    kinds = [ProviderType(provider_type)] if provider_type else list(ProviderType)
    naming = ("tier_name", "category", "description", "best_for", "icon", "website_url")
    return (
        group(None, "display_name", ("slug", "provider_type")),
        group("What it is", *naming, about=WHAT_IT_IS),
        *(
            group(kind.label, *TYPE_FIELDS[kind], about=TYPE_ABOUT[kind], classes=(f"rg-only-{kind.value}",))
            for kind in kinds
        ),
        COSTS,
        group("Who it fits", *FIT, about=ORDER),
        group(
            "Setting up a service",
            *("backend", "config_schema", "incompatible_builders"),
            about=SETTING_UP,
            classes=("collapse",),
        ),
        OLD_KEYS,
        CHANGE,
    )


BUILDER_GROUPS = (
    group(None, "display_name", "slug"),
    group("What it is", "category", "description", "best_for", "icon", "website_url", about=WHAT_IT_IS),
    group("What it can do", "ssg_engine_options", "key_features", about=ORDER),
    group("Setting up a service", "backend", "config_schema", about=SETTING_UP),
    OLD_KEYS,
    CHANGE,
)
STACK_GROUPS = (
    group(None, "display_name", ("slug", "category")),
    group("What it is", "tier_name", "description", "best_for", "icon", "website_url", about=WHAT_IT_IS),
    group(
        "What it is made of", "providers", "builder", about="The entries that a customer gets together with this stack."
    ),
    COSTS,
    group("Who it fits", *FIT, "key_benefits", about=ORDER),
    OLD_KEYS,
    CHANGE,
)
