"""The members of a dictionary's entry: what each means for a stack, whatever it is called and however it is written.

The meaning of an entry is a flat dict: member of the document -> its value, None if it is emptied; `providers/cms` is
a list of slugs, `folder` what `category` means. An entry that the registry gives back has a meaning, too: that is how
the two are compared.
"""

from collections.abc import Callable, Mapping
from typing import Any

from catalog.documents.legacy.values import (
    ValueMeaningError,
    is_empty,
    read_costs,
    read_line,
    read_names,
    read_number,
    read_object,
    read_tags,
    read_text,
    read_word,
    slug_of,
)
from catalog.models.choices import StackCategory

Meaning = dict[str, Any]
LINES = ("display_name", "tier_name", "best_for")
WORDS = ("complexity_level", "hosting_pattern", "performance_tier")
TAGS = ("target_market", "ssg_engine_options", "template_variants", "key_features", "key_benefits")
COSTS = ("monthly_cost_range", "setup_cost_range")
# Provider type -> the member for one, and for several.
PROVIDERS = {
    "cms": ("cms_provider", "cms_providers"),
    "ecommerce": ("ecommerce_provider", "ecommerce_providers"),
    "ssg": ("ssg_engine", "ssg_engines"),
    "source": ("source_provider", "source_providers"),
}
# What only the one provider of a type has -> that type, and how it is read.
OF_PROVIDER: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "cms_type": ("cms", read_word),
    "ecommerce_type": ("ecommerce", read_word),
    "transaction_fee_basis_points": ("ecommerce", read_number),
    "implementation_language": ("ssg", read_word),
    "rendering_modes": ("ssg", read_tags),
}
OTHER_NAMES = {
    "name": "display_name",
    "title": "display_name",
    "features": "key_features",
    "benefits": "key_benefits",
    "target_markets": "target_market",
    "complexity": "complexity_level",
    "monthly_cost": "monthly_cost_range",
    "setup_cost": "setup_cost_range",
    "compatible_ssg_engines": "ssg_engine_options",
    "ssg_compatibility": "ssg_engine_options",
    "cms": "cms_provider",
    "ecommerce": "ecommerce_provider",
    "ssg": "ssg_engine",
}
# They say nothing that the key and the registry do not know.
PASSED_OVER = frozenset({"stack_name", "schema_version", "last_updated", "serial"})
FOLDER_WORDS = {
    "composed": "composed",
    "template": "templates",
    "templates": "templates",
    "foundation": "foundation",
    "ecommerce": "ecommerce-tiers",
    "cms": "cms-tiers",
}
FOUNDATION = ("marketing", "developer", "modern_performance")
READERS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(LINES, read_line),
    **dict.fromkeys(WORDS, read_word),
    **dict.fromkeys(TAGS, read_tags),
    **{name: read for name, (_, read) in OF_PROVIDER.items()},
    "description": read_text,
    "icon": lambda value: slug_of(read_text(value)),
    "website_url": read_text,
    "currency": read_text,
    "lifecycle": read_object,
}
OF_TYPE = {name: provider_type for provider_type, names in PROVIDERS.items() for name in names}


class UnknownMemberError(ValueMeaningError):
    """The registry has no place for a member of this name."""


def registry_name(name: str) -> str:
    """The name under which the registry gives a member back."""
    return OTHER_NAMES.get(name, name)


def understand(name: str, value: Any) -> Meaning:
    """What one member means; empty for what is passed over. Raises UnknownMemberError or ValueMeaningError."""
    name = registry_name(name)
    if name in PASSED_OVER:
        return {}
    if name == "category":
        return {"folder": _folder_of_category(value)}
    if name in OF_TYPE:
        return {f"providers/{OF_TYPE[name]}": None if is_empty(value) else read_names(value)}
    if name in COSTS:
        return _costs(name, value)
    if name == "builder":
        return {name: None if is_empty(value) else _one(read_names(value))}
    if name not in READERS:
        raise UnknownMemberError("The registry has no place for this.")
    return {name: None if is_empty(value) else READERS[name](value)}


def put_together(meanings: list[Meaning]) -> Meaning:
    """The meaning of all members of an entry: one provider and several of the same type are added up."""
    whole: Meaning = {}
    for meaning in meanings:
        for name, value in meaning.items():
            if name.startswith("providers/") and whole.get(name) and value:
                value = list(dict.fromkeys([*whole[name], *value]))
            if value is not None or whole.get(name) is None:
                whole[name] = value
    return whole


def folder_by_words(text: str) -> str:
    """The folder that a category or a stack type names; empty if it names none."""
    slug = slug_of(text.strip())
    if slug in StackCategory.values:
        return slug
    words = slug.split("-")
    return next((folder for word, folder in FOLDER_WORDS.items() if word in words), "")


def folder_of_type(stack_type: str) -> str:
    """The folder of a stack whose entry says nothing about it."""
    return folder_by_words(stack_type) or ("foundation" if stack_type in FOUNDATION else "")


def _folder_of_category(value: Any) -> str | None:
    if is_empty(value):
        return None
    folder = folder_by_words(value) if isinstance(value, str) else ""
    if not folder:
        raise ValueMeaningError(f"This names none of the folders {', '.join(StackCategory.values)}.")
    return folder


def _costs(name: str, value: Any) -> Meaning:
    if is_empty(value):
        return {name: None}
    costs, currency = read_costs(value)
    return {name: costs} | ({"currency": currency} if currency else {})


def _one(names: list[str]) -> str:
    if len(names) != 1:
        raise ValueMeaningError("A stack has one builder.")
    return names[0]
