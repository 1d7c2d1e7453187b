"""Stack documents -> entries of STACK_METADATA: the shape that programs with a hard-coded dictionary read.

Reference: docs/moving-in.md, "From the registry to the dictionary".
"""

from collections.abc import Mapping
from typing import Any

from catalog.documents.legacy.members import COSTS, OF_PROVIDER, PROVIDERS, TAGS
from catalog.documents.legacy.values import legacy_of
from catalog.documents.mapping import Document, is_removed, kind_of

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


def dictionary_of(documents: Mapping[str, Document]) -> dict[str, dict[str, Any]]:
    """STACK_METADATA of all stacks among these documents (by key) that are not removed, in the order of their keys.

    Of two stacks of one name in different folders the first is given.
    """
    stacks: dict[str, dict[str, Any]] = {}
    for key, document in sorted(documents.items()):
        if kind_of(key) == "stack" and not is_removed(document):
            stacks.setdefault(legacy_of(document["stack_name"]), entry_of(document, documents))
    return stacks


def entry_of(document: Mapping[str, Any], documents: Mapping[str, Document]) -> dict[str, Any]:
    """The entry for one stack's document; `documents` holds those of its providers, by key."""
    entry = {name: document[name] for name in AS_THEY_ARE if name in document}
    entry["category"] = CATEGORIES[document["category"]]
    entry |= {name: document[name] for name in (*COSTS, *TAGS) if name in document}
    providers: Mapping[str, list[str]] = document.get("providers", {})
    for provider_type, (one, several) in PROVIDERS.items():
        names = [legacy_of(slug) for slug in providers.get(provider_type, [])]
        if names:
            entry |= {one: names[0]} if len(names) == 1 else {several: names}
    if "builder" in document:
        entry["builder"] = legacy_of(document["builder"])
    if "lifecycle" in document:
        entry["lifecycle"] = document["lifecycle"]
    return entry | _of_providers(providers, documents)


def _of_providers(providers: Mapping[str, list[str]], documents: Mapping[str, Document]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (provider_type, _) in OF_PROVIDER.items():
        slugs = providers.get(provider_type, [])
        provider = documents.get(f"providers/{provider_type}/{slugs[0]}", {}) if len(slugs) == 1 else {}
        if name in provider:
            found[name] = provider[name]
    return found
