"""Random valid documents of every kind, for Hypothesis. What they refer to is in `POOL`, which a test saves first."""

from typing import Any

from hypothesis import strategies as st

from catalog.schemas.library import CURRENT_VERSIONS
from tests.factories import builder_document, provider_document

Document = dict[str, Any]
BUILDERS = ("astro", "hugo", "static-files")
PROVIDERS = {"cms": ("decap", "tina"), "ecommerce": ("foxy",), "source": ("git", "s3"), "ssg": ("astro", "hugo")}
OF_TYPE: dict[str, Document] = {
    "cms": {"cms_type": "hybrid"},
    "ecommerce": {"ecommerce_type": "hosted_cart", "cms_type": None},
    "ssg": {"implementation_language": "go", "cms_type": None},
    "source": {"source_type": "archive", "backend": "git@1", "cms_type": None},
}
POOL: list[tuple[str, Document]] = [
    *(("builder", builder_document(slug)) for slug in BUILDERS),
    *(
        ("provider", provider_document(slug, provider_type=provider_type, **OF_TYPE[provider_type]))
        for provider_type, slugs in PROVIDERS.items()
        for slug in slugs
    ),
]
POOL_KEYS = [
    *(f"builders/{slug}" for slug in BUILDERS),
    *(f"providers/{kind}/{slug}" for kind, slugs in PROVIDERS.items() for slug in slugs),
]
COMPLEXITY = ("low", "low_to_medium", "medium", "medium_to_high", "high")


def line(length: int) -> st.SearchStrategy[str]:
    """One line of at most `length` characters."""
    return st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=length)


word = st.text("abcxyz0189", min_size=1, max_size=8)
# Never a slug of the pool.
slugs = st.lists(word, min_size=1, max_size=4).map(lambda words: "-".join(["new", *words]))
tag = st.lists(word, min_size=1, max_size=3).map("_".join)
tags = st.lists(tag, min_size=1, max_size=5, unique=True)
backends = st.builds("{}@{}".format, st.lists(word, min_size=1, max_size=3).map("-".join), st.integers(1, 9999))
old_keys = st.builds(
    "{}/{}".format, st.sampled_from(("builders", "stacks/composed", "providers/cms")), tag.map("old_{}".format)
)
aliases = st.lists(old_keys, min_size=1, max_size=4, unique=True).map(sorted)
costs = st.lists(st.integers(0, 1_000_000_000), min_size=2, max_size=2).map(sorted)
lifecycles = st.fixed_dictionaries(
    {
        "state": st.sampled_from(("deprecated", "disabled", "removed")),
        "since": st.dates().map(lambda day: day.isoformat()),
        "reason": line(500),
    },
    optional={"replacement": st.sampled_from(POOL_KEYS)},
)
# Larger floats are valid, too, but jsonb gives them back as integers without an exponent.
numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e15, 1e15)
characters = st.characters(codec="utf-8", exclude_characters="\0")
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(characters),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(word, inner, max_size=3),
    max_leaves=8,
)
properties = st.fixed_dictionaries(
    {"type": st.sampled_from(("string", "integer", "boolean"))},
    optional={"default": values, "title": st.text("ab<&'\"é漢😀")},
)
config_schemas = st.fixed_dictionaries(
    {"type": st.just("object"), "properties": st.dictionaries(word, properties, max_size=3)},
    optional={"required": st.lists(word, unique=True, max_size=3), "examples": st.lists(values, max_size=3)},
)


ENTRY = {
    "description": st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\t"), min_size=1),
    "icon": slugs,
    "website_url": word.map("https://example.com/{}".format),
    "best_for": line(500),
    "aliases": aliases,
    "lifecycle": lifecycles,
}
PRICED = {
    "tier_name": line(150),
    "currency": st.sampled_from(("EUR", "CHF")),
    "monthly_cost_range": costs,
    "setup_cost_range": costs,
    "target_market": tags,
    "complexity_level": st.sampled_from(COMPLEXITY),
    "ssg_engine_options": tags,
    "template_variants": tags,
    "key_features": tags,
    "hosting_pattern": tag,
    "performance_tier": st.sampled_from(("basic", "standard", "optimized", "premium")),
}
OPTIONAL_OF_TYPE: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "cms": {},
    "ecommerce": {"transaction_fee_basis_points": st.integers(0, 10_000)},
    "ssg": {"rendering_modes": tags},
    "source": {},
}
REQUIRED_OF_TYPE: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "cms": {"cms_type": st.sampled_from(("git_based", "api_based", "hybrid"))},
    "ecommerce": {"ecommerce_type": st.sampled_from(("cart_overlay", "hosted_cart", "hosted_platform"))},
    "ssg": {"implementation_language": tag},
    "source": {"source_type": st.sampled_from(("repository", "archive", "inline")), "backend": backends},
}


def _providers_of(provider_type: str) -> st.SearchStrategy[Document]:
    required = {
        "provider_name": slugs,
        "provider_type": st.just(provider_type),
        "display_name": line(100),
        "category": tag,
        "schema_version": st.just(CURRENT_VERSIONS["provider"]),
        **REQUIRED_OF_TYPE[provider_type],
    }
    optional = {
        **ENTRY,
        **PRICED,
        "backend": backends,
        "config_schema": config_schemas,
        "incompatible_builders": st.lists(st.sampled_from(BUILDERS), min_size=1, unique=True).map(sorted),
        **OPTIONAL_OF_TYPE[provider_type],
    }
    return st.fixed_dictionaries(required, optional={n: s for n, s in optional.items() if n not in required})


providers = st.sampled_from(sorted(OPTIONAL_OF_TYPE)).flatmap(_providers_of)
builders = st.fixed_dictionaries(
    {
        "builder_name": slugs,
        "display_name": line(100),
        "category": st.sampled_from(("static_site", "generic", "container")),
        "backend": backends,
        "schema_version": st.just(CURRENT_VERSIONS["builder"]),
    },
    optional={**ENTRY, "config_schema": config_schemas, "ssg_engine_options": tags, "key_features": tags},
)
stacks = st.fixed_dictionaries(
    {
        "stack_name": slugs,
        "display_name": line(100),
        "category": st.sampled_from(("templates", "foundation", "cms-tiers", "ecommerce-tiers", "composed")),
        "schema_version": st.just(CURRENT_VERSIONS["stack"]),
    },
    optional={
        **ENTRY,
        **PRICED,
        "key_benefits": tags,
        "builder": st.sampled_from(BUILDERS),
        "providers": st.fixed_dictionaries(
            {},
            optional={
                provider_type: st.lists(st.sampled_from(names), min_size=1, unique=True)
                for provider_type, names in PROVIDERS.items()
            },
        ).filter(bool),
    },
)
DOCUMENTS = {"provider": providers, "builder": builders, "stack": stacks}
kinds_and_documents = st.sampled_from(sorted(DOCUMENTS)).flatmap(lambda kind: st.tuples(st.just(kind), DOCUMENTS[kind]))
