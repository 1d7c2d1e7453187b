"""A dictionary as it grows in a program over the years, to move in from: written for the tests, read but never run.

It has all categories, names with underscores, shared parts, tuples, sets, costs in words, missing and unknown members.
"""

from typing import Any, ClassVar

CURRENCY_NOTE = "All prices in US dollars, before tax."
SMALL_BUSINESS = ["small_businesses", "local_services"]
STATIC_HOSTING = {
    "hosting_pattern": "aws_minimal",
    "performance_tier": "optimized",
}
TIER_DEFAULTS = {
    "hosting_pattern": "aws_optimized",
    "performance_tier": "premium",
}
ALL_ENGINES = ("hugo", "gatsby", "nextjs", "nuxt", "eleventy", "astro", "jekyll")
MODERN_ENGINES = ("nextjs", "astro", "gatsby")
HOURLY_RATE = 120


class PlatformStackFactory:
    """Knows which stacks there are and what they cost."""

    STACK_METADATA: ClassVar[dict[str, dict[str, Any]]] = {
        # --- SSG templates ---
        "hugo_template": {
            "tier_name": "Hugo Template - Fast Business Site",
            "category": "ssg_template_business_service",
            "monthly_cost_range": (50, 75),
            "setup_cost_range": (8 * HOURLY_RATE, 16 * HOURLY_RATE),
            "target_market": [*SMALL_BUSINESS, "documentation_teams"],
            "best_for": "Content-heavy sites that should build fast and cost little",
            "complexity_level": "low_to_medium",
            "ssg_engine": "hugo",
            "builder": "hugo",
            "template_variants": ["business_site", "blog", "documentation_site"],
            "key_features": ["very_fast_builds", "multi_language_sites", "image_processing"],
            "key_benefits": ["low_running_cost", "nothing_to_patch"],
            **STATIC_HOSTING,
        },
        "gatsby_template": {
            "tier_name": "Gatsby Template - " + "Sites from Many Sources",
            "category": "ssg_template",
            "monthly_cost_range": [60, 95],
            "setup_cost_range": [1440, 2880],
            "target_market": ("content_teams", "react_developers"),
            "best_for": "Sites that bring content together from several places",
            "complexity_level": "medium",
            "ssg_engine": "gatsby",
            "builder": "gatsby",
            "key_features": ["graphql_data_layer", "image_optimization", "plugin_ecosystem"],
            **{**STATIC_HOSTING, "performance_tier": "premium"},
        },
        "nextjs_template": dict(
            tier_name="Next.js Template - Interactive Sites",
            category="ssg_template",
            monthly_cost_range="65-120",
            setup_cost_range="$1,680 - $3,600",
            target_market=["startups", "product_teams"],
            best_for="Interactive sites that may become an application",
            complexity_level="medium_to_high",
            ssg_engine="nextjs",
            builder="nextjs",
            key_features=["react_components", "static_export", "typescript"],
            hosting_pattern="aws_optimized",
            performance_tier="premium",
        ),
        "nuxt_template": {
            "tier_name": "Nuxt Template - Vue Sites",
            "category": "ssg_template",
            "monthly_cost_range": {"min": 65, "max": 115},
            "setup_cost_range": None,
            "target_market": [],
            "ssg_engine": "nuxt",
            "builder": "nuxt",
            "key_features": frozenset({"vue_components", "static_generation"}),
        },
        # --- Foundation services ---
        "marketing": {
            "tier_name": "Static Marketing Site",
            "category": "foundation_ssg_service",
            "monthly_cost_range": (75, 125),
            "setup_cost_range": (2400, 4800),
            "target_market": SMALL_BUSINESS + ["consultants"],
            "best_for": "Professional marketing sites with a content editor",
            "complexity_level": "low",
            "ssg_engine_options": ["eleventy"],
            "key_features": ["contact_forms", "seo_optimization", "analytics"],
            "key_benefits": ["professional_look", "quick_launch"],
            "hosting_pattern": "aws_optimized",
            "performance_tier": "optimized",
        },
        "developer": {
            "tier_name": "Developer-Managed Static Site",
            "category": "foundation_ssg_service",
            "monthly_cost_range": (50, 100),
            "setup_cost_range": (960, 2640),
            "target_market": ["developers", "technical_teams"],
            "best_for": "Teams that write in Markdown and deploy with Git",
            "complexity_level": "low",
            "ssg_engine_options": ["jekyll", "eleventy"],
            "key_features": {"git_workflow", "markdown_content", "full_control"},
            "hosting_pattern": "aws_minimal",
            "support_hours": 2,
        },
        "modern_performance": {
            "tier_name": "Modern Performance Site",
            "category": "foundation_ssg_service",
            "monthly_cost_range": (60, 110),
            "setup_cost_range": (1800, 3600),
            "target_market": set(["performance_focused_brands", "product_companies"]),
            "best_for": "Brands whose visitors leave when a page is slow",
            "complexity_level": "medium",
            "ssg_engine_options": ["astro"],
            "key_features": ["partial_hydration", "Core Web Vitals", "edge_caching"],
            "hosting_pattern": "aws_optimized",
            "performance_tier": "premium",
        },
        # --- CMS tiers ---
        "decap_cms_tier": {
            "tier_name": "Decap CMS - Free Editing on Top of Git",
            "category": "cms_tier_service",
            "cms_provider": "decap",
            "cms_type": "git_based",
            "monthly_cost_range": (50, 75),
            "setup_cost_range": (960, 2400),
            "target_market": ["small_businesses", "nonprofits"],
            "best_for": "Small teams that edit their site without a monthly fee",
            "complexity_level": "low_to_medium",
            "ssg_engine_options": list(ALL_ENGINES),
            "key_features": ["git_version_history", "editorial_workflow", "markdown_editing"],
            **STATIC_HOSTING,
        },
        "tina_cms_tier": {
            "tier_name": "TinaCMS - Visual Editing with Content in Git",
            "category": "cms_tier_service",
            "cms_provider": "tina",
            "monthly_cost_range": (60, 150),
            "setup_cost_range": (1200, 2880),
            "target_market": ["marketing_teams", "creative_agencies"],
            "best_for": "Marketing teams that want visual editing",
            "complexity_level": "medium",
            "ssg_engine_options": [*MODERN_ENGINES, "eleventy"],
            "key_features": ["visual_editing", "git_version_history"],
            **TIER_DEFAULTS,
        },
        "sanity_cms_tier": {
            "tier_name": "Sanity CMS - Structured Content with Real-Time APIs",
            "category": "cms_tier_service",
            "cms_provider": "sanity",
            "cms_type": "api_based",
            "monthly_cost_range": (65, 280),
            "setup_cost_range": (1440, 3360),
            "target_market": ["professional_content_teams", "api_first_developers"],
            "best_for": "Professional structured content management",
            "complexity_level": "medium_to_high",
            "ssg_engine_options": MODERN_ENGINES,
            "template_variants": ["structured_content", "api_driven"],
            "key_features": ["structured_content", "groq_querying", "real_time_apis"],
            **TIER_DEFAULTS,
        },
        "contentful_cms_tier": {
            "tier_name": "Contentful - Managed Content for Larger Organizations",
            "category": "cms_tier_service",
            "cms_provider": "contentful",
            "cms_type": "api_based",
            "monthly_cost_range": (75.0, 450.0),
            "setup_cost_range": (2160, 4800),
            "target_market": ["mid_size_companies", "multi_brand_organizations"],
            "complexity_level": "high",
            "ssg_engine_options": MODERN_ENGINES,
            "key_features": ["content_modeling", "roles_and_permissions"],
            **TIER_DEFAULTS,
        },
        # --- E-commerce tiers ---
        "snipcart_ecommerce": {
            "tier_name": "Snipcart - A Cart for Any Static Site",
            "category": "ecommerce_tier_service",
            "ecommerce_provider": "snipcart",
            "monthly_cost_range": (85, 125),
            "setup_cost_range": (960, 2400),
            "target_market": ["small_shops"],
            "complexity_level": "low_to_medium",
            "ssg_engine_options": list(ALL_ENGINES),
            "key_features": ["cart_overlay", "no_shop_backend"],
            **TIER_DEFAULTS,
        },
        "foxy_ecommerce": {
            "tier_name": "Foxy - Hosted Cart and Checkout",
            "category": "ecommerce_tier_service",
            "ecommerce_provider": "foxy",
            "monthly_cost_range": (100, 150),
            "setup_cost_range": (1440, 3000),
            "target_market": "growing_shops, subscription_sellers",
            "complexity_level": "Medium",
            "ssg_engine_options": ALL_ENGINES,
            "key_features": ["subscriptions", "hosted_checkout"],
            **TIER_DEFAULTS,
        },
        "shopify_basic_ecommerce": {
            "tier_name": "Shopify Basic - Full Shop behind a Static Storefront",
            "category": "ecommerce_tier_service",
            "ecommerce_provider": "shopify_basic",
            "monthly_cost_range": (80, 165),
            "setup_cost_range": (1680, 3600),
            "target_market": ["growing_retailers", "brand_storefronts"],
            "complexity_level": "medium",
            "ssg_engine_options": MODERN_ENGINES,
            "key_features": ["full_shop_administration", "inventory_management"],
            **TIER_DEFAULTS,
        },
        # --- Composed services ---
        "cms_ecommerce_composed": {
            "tier_name": "Composed Service - CMS and Shop in One Site",
            "category": "composed_service",
            "cms_providers": ["decap", "tina", "sanity", "contentful"],
            "ecommerce_providers": ("snipcart", "foxy", "shopify_basic"),
            "monthly_cost_range": (70, 540),
            "setup_cost_range": (1920, 6720),
            "target_market": ["content_driven_shops"],
            "best_for": ["Articles and products side by side", "one design and one build"],
            "complexity_level": "high",
            "key_features": ["free_choice_of_cms", "free_choice_of_shop"],
            **TIER_DEFAULTS,
        },
    }

    @classmethod
    def get_stack_metadata(cls, stack_type: str) -> dict[str, Any]:
        """Everything that is known about a stack."""
        return cls.STACK_METADATA.get(stack_type, {})
