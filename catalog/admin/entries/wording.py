"""What the forms of entries call their questions, and what they say below them, in words of business people."""

LABELS = {
    "slug": "Name in paths",
    "provider_type": "Type",
    "display_name": "Display name",
    "tier_name": "Tier name",
    "best_for": "Best for",
    "website_url": "Website",
    "monthly_cost_min": "Monthly cost: from",
    "monthly_cost_max": "Monthly cost: to",
    "setup_cost_min": "Setup cost: from",
    "setup_cost_max": "Setup cost: to",
    "complexity_level": "Complexity",
    "ssg_engine_options": "Site engines",
    "performance_tier": "Performance",
    "implementation_language": "Written in",
    "transaction_fee_basis_points": "Transaction fee",
    "config_schema": "Settings of a service",
    "aliases": "Old keys",
    "change_note": "Change note",
    "breaking_schema_reason": "Go on anyway, because",
}
HELP = {
    "slug": "Small letters, digits and hyphens, such as shopify-basic. It is part of the public address and stays for "
    "good.",
    "provider_type": "What it is. It is part of the public address and stays for good.",
    "display_name": "The name that people see, in lists and in the registry.",
    "tier_name": "The name of the offer, if it is sold under a longer one.",
    "category": "The group that it belongs to, such as cms_tier_service. Take one that exists if it fits.",
    "description": "A few sentences for somebody who has not heard of it.",
    "best_for": "One sentence: who should choose it.",
    "icon": "Name of the icon in the icon set, in small letters.",
    "website_url": "Where its makers describe it; it starts with https://.",
    "monthly_cost_min": "Whole amount, without currency.",
    "monthly_cost_max": "The same as “from” if there is one price.",
    "currency": "Three capital letters, for both costs: USD, EUR, GBP.",
    "setup_cost_min": "What it costs once, to begin with.",
    "setup_cost_max": "The same as “from” if there is one price.",
    "target_market": "Who it is made for, most important first.",
    "complexity_level": "How much skill it takes to set up and keep.",
    "ssg_engine_options": "The site generators that it works with.",
    "key_features": "What it is chosen for, most important first.",
    "template_variants": "The templates that exist for it.",
    "rendering_modes": "How its pages come to be.",
    "key_benefits": "What a customer gains, most important first.",
    "hosting_pattern": "How sites with it are hosted, such as aws_optimized.",
    "performance_tier": "How fast its sites are delivered.",
    "cms_type": "Where the content lives.",
    "ecommerce_type": "What the shop adds to a site.",
    "transaction_fee_basis_points": "The provider's share of each sale in hundredths of a percent: 290 is 2.9 %.",
    "implementation_language": "The programming language of the generator itself, such as javascript.",
    "source_type": "How source code is handed over.",
    "backend": "The program that does the work, with its version, such as github@1. Ask a developer if you are not "
    "sure.",
    "config_schema": "JSON Schema (2020-12) of what is asked of somebody who sets up a service.",
    "incompatible_builders": "Builders that would fit, but must not be offered with it.",
    "builder": "What builds the sites of this stack.",
    "providers": "What the stack is made of. Readers see them by type, in this order.",
    "aliases": "Older keys that still lead here, one a line, such as providers/ecommerce/shopify_basic.",
    "change_note": "Why you change this, in a sentence. Everybody sees it in the history.",
    "breaking_schema_reason": "Why the config schema must change although it breaks what is configured. Kept in the "
    "audit log.",
}
CURRENCIES = ("USD", "EUR", "GBP", "CHF", "CAD", "AUD", "JPY", "SEK", "NOK", "DKK", "PLN", "INR")


def spaced(code: str) -> str:
    """A code as words: `live_preview` is `live preview`."""
    return code.replace("_", " ")
