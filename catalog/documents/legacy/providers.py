"""The providers and builders that a dictionary names: found by old and new names, made where they are missing."""

from typing import Any

from catalog.documents.legacy.members import OF_PROVIDER, PROVIDERS, Meaning
from catalog.documents.legacy.outcome import Mapped, Registry, add_alias
from catalog.documents.legacy.values import legacy_of
from catalog.documents.mapping import Document
from catalog.schemas.library import CURRENT_VERSIONS

# What a provider must have that no stack has.
NEEDED = {"cms": "cms_type", "ecommerce": "ecommerce_type", "ssg": "implementation_language", "source": "source_type"}
PROVIDER_CATEGORIES = {
    "cms": "cms_tier_service",
    "ecommerce": "ecommerce_tier_service",
    "ssg": "ssg_engine",
    "source": "code_source",
}
# What a tier says of itself, not of its provider; or what providers have no place for.
ONLY_STACKS = frozenset({"folder", "builder", "key_benefits", "lifecycle", "display_name", "icon", "description"})


def name_providers(mapped: Mapped, stack_type: str, document: Document, meaning: Meaning, registry: Registry) -> None:
    """Put the providers of the meaning into the stack's document, and what is said about them into theirs."""
    by_type = dict(document.get("providers", {}))
    for provider_type in PROVIDERS:
        name = f"providers/{provider_type}"
        if name not in meaning:
            continue
        keys = [_name_provider(mapped, provider_type, slug, registry) for slug in meaning[name] or []]
        by_type[provider_type] = [key.rpartition("/")[2] for key in keys]
        for key in keys:
            mapped.named_by.setdefault(key, stack_type)
        if len(keys) == 1:
            _fill_new_provider(mapped, keys[0], meaning, registry)
    named = {provider_type: slugs for provider_type, slugs in by_type.items() if slugs}
    document.pop("providers", None)
    if named:
        document["providers"] = named
    _say_all(mapped, stack_type, named, meaning, registry)


def complain_of_new_providers(mapped: Mapped, registry: Registry) -> None:
    """Say what is missing of the providers that are made of what the dictionary says."""
    for key, stack_type in mapped.named_by.items():
        needed = NEEDED[key.split("/")[1]]
        if key in registry.documents or mapped.documents[key].get(needed):
            continue
        how = f"say its {needed} in the entry of a stack that has only this one, or " if needed in OF_PROVIDER else ""
        mapped.complain(stack_type, f"The registry has no {key}: {how}make it first.")


def name_builder(mapped: Mapped, stack_type: str, document: Document, registry: Registry) -> None:
    """The stack's builder under its name in the registry; from the starter catalogue if it is not there yet."""
    slug = document["builder"]
    key = registry.find(f"builders/{slug}", f"builders/{legacy_of(slug)}")
    if key not in registry.documents and key not in mapped.documents:
        if key not in registry.starter:
            mapped.complain(f"{stack_type}.builder", f"There is no builder {slug}; make it first.")
            return
        mapped.documents[key] = dict(registry.starter[key])
    document["builder"] = key.rpartition("/")[2]
    if legacy_of(slug) != slug:
        add_alias(mapped.change(key, registry), key, f"builders/{legacy_of(slug)}")


def _name_provider(mapped: Mapped, provider_type: str, slug: str, registry: Registry) -> str:
    """The key of a provider that an entry names; it is among the documents if it changes."""
    folder = f"providers/{provider_type}"
    key = registry.find(f"{folder}/{slug}", f"{folder}/{legacy_of(slug)}")
    if key not in registry.documents and key not in mapped.documents:
        mapped.documents[key] = dict(registry.starter.get(key) or _new_provider(provider_type, slug))
    if legacy_of(slug) != slug:
        add_alias(mapped.change(key, registry), key, f"{folder}/{legacy_of(slug)}")
    return key


def _new_provider(provider_type: str, slug: str) -> Document:
    return {
        "provider_name": slug,
        "provider_type": provider_type,
        "display_name": slug.replace("-", " ").title(),
        "category": PROVIDER_CATEGORIES[provider_type],
        "schema_version": CURRENT_VERSIONS["provider"],
    }


def _fill_new_provider(mapped: Mapped, key: str, meaning: Meaning, registry: Registry) -> None:
    """What the tier of a provider says is true of the provider, as long as nobody else says anything about it."""
    if key in registry.documents or key in registry.starter:
        return
    document = mapped.documents[key]
    for name, value in meaning.items():
        if "/" not in name and name not in ONLY_STACKS and name not in OF_PROVIDER and value is not None:
            document.setdefault(name, value)


def _say_all(
    mapped: Mapped, stack_type: str, named: dict[str, list[str]], meaning: Meaning, registry: Registry
) -> None:
    for name, (provider_type, _) in OF_PROVIDER.items():
        if name not in meaning:
            continue
        path, slugs = f"{stack_type}.{name}", named.get(provider_type, [])
        if len(slugs) == 1:
            _say(mapped, path, f"providers/{provider_type}/{slugs[0]}", meaning[name], registry)
        elif meaning[name] is not None:
            what = "several" if slugs else "none"
            mapped.complain(path, f"This is said of a provider of type {provider_type}, but the stack has {what}.")


def _say(mapped: Mapped, path: str, key: str, value: Any, registry: Registry) -> None:
    name = path.rpartition(".")[2]
    first_path, first = mapped.said.setdefault((key, name), (path, value))
    if first != value:
        mapped.complain(path, f"{first_path} says something else about {key}.")
        return
    document = mapped.change(key, registry)
    document[name] = value
    if value is None:
        del document[name]
