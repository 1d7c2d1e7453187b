"""Documents -> entries of STACK_METADATA, the dictionary that programs had before there was a registry; pure.

Reference: docs/moving-in.md of the registry, "From the registry to the dictionary".
"""

from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]
Entry = dict[str, Any]
AS_THEY_ARE = (
    "display_name", "description", "icon", "website_url", "tier_name", "best_for", "complexity_level",
    "hosting_pattern", "performance_tier", "currency",
)  # fmt: skip
CATEGORIES = {
    "templates": "ssg_template",
    "foundation": "foundation_service",
    "cms-tiers": "cms_tier_service",
    "ecommerce-tiers": "ecommerce_tier_service",
    "composed": "composed_service",
}
LISTS = (
    "monthly_cost_range", "setup_cost_range", "target_market", "ssg_engine_options", "template_variants",
    "key_features", "key_benefits",
)  # fmt: skip
# Provider type -> the member for one, and for several.
PROVIDERS = {
    "cms": ("cms_provider", "cms_providers"),
    "ecommerce": ("ecommerce_provider", "ecommerce_providers"),
    "ssg": ("ssg_engine", "ssg_engines"),
    "source": ("source_provider", "source_providers"),
}
# What only the one provider of a type has -> that type.
OF_PROVIDER = {
    "cms_type": "cms",
    "ecommerce_type": "ecommerce",
    "transaction_fee_basis_points": "ecommerce",
    "implementation_language": "ssg",
    "rendering_modes": "ssg",
}


def make_dictionary(documents: Mapping[str, Document]) -> dict[str, Entry]:
    """STACK_METADATA of all stacks among these documents (by key), in the order of their keys.

    Of two stacks of one name in different folders the first is given.
    """
    stacks: dict[str, Entry] = {}
    for key, document in sorted(documents.items()):
        if key.startswith("stacks/"):
            stacks.setdefault(legacy_name(document["stack_name"]), make_entry(document, documents))
    return stacks


def make_entry(stack: Document, documents: Mapping[str, Document]) -> Entry:
    """The entry of one stack; `documents` (by key) has those that `sole_providers` names, if they are there."""
    entry: Entry = {name: stack[name] for name in AS_THEY_ARE if name in stack}
    # A folder that is newer than this client gives its own name.
    entry["category"] = CATEGORIES.get(stack["category"], legacy_name(stack["category"]))
    entry |= {name: stack[name] for name in LISTS if name in stack}
    for provider_type, (one, several) in PROVIDERS.items():
        names = [legacy_name(slug) for slug in stack.get("providers", {}).get(provider_type, [])]
        if names:
            entry |= {one: names[0]} if len(names) == 1 else {several: names}
    if "builder" in stack:
        entry["builder"] = legacy_name(stack["builder"])
    if "lifecycle" in stack:
        entry["lifecycle"] = stack["lifecycle"]
    soles = dict(sole_providers(stack))
    for name, provider_type in OF_PROVIDER.items():
        provider = documents.get(soles.get(provider_type, ""), {})
        if name in provider:
            entry[name] = provider[name]
    return entry


def sole_providers(stack: Document) -> Iterator[tuple[str, str]]:
    """(type, key) of each provider that is the stack's only one of its type."""
    for provider_type, slugs in stack.get("providers", {}).items():
        if len(slugs) == 1:
            yield provider_type, f"providers/{provider_type}/{slugs[0]}"


def legacy_name(slug: str) -> str:
    """`shopify-basic` -> `shopify_basic`."""
    return slug.replace("-", "_")


def slug_of(name: str) -> str:
    """`Shopify_Basic` -> `shopify-basic`."""
    return name.lower().replace("_", "-")
