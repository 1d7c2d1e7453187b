"""Dictionaries become documents; what would be lost is complained of, all of it."""

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings

from catalog.documents.legacy.entries import dictionary_of, entry_of
from catalog.documents.legacy.outcome import Choices, Complaint, Mapped, Registry
from catalog.documents.legacy.stacks import map_dictionary, named_keys
from catalog.documents.legacy.values import legacy_of
from catalog.documents.mapping import key_of, kind_of
from catalog.schemas.validation import validate_document
from tests.catalog.documents.legacy.platform_stack_factory import PlatformStackFactory
from tests.catalog.documents.strategies import POOL, stacks
from tests.factories import SANITY, builder_document, provider_document, stack_document

POOLED = {key_of(kind, document): document for kind, document in POOL}


def moved(source: Any, *documents: tuple[str, dict[str, Any]], **options: Any) -> Mapped:
    registry = Registry(
        documents={key_of(kind, document): document for kind, document in documents},
        aliases=options.pop("aliases", {}),
        starter=options.pop("starter", {}),
    )
    return map_dictionary(source, registry, Choices(**options))


def complaints(mapped: Mapped) -> list[tuple[str, str]]:
    return [(each.path, each.message) for each in mapped.complaints]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stacks)
def test_what_the_registry_gives_back_means_the_same_document(document: dict[str, Any]) -> None:
    key, stack_type = key_of("stack", document), legacy_of(document["stack_name"])

    mapped = map_dictionary({stack_type: entry_of(document, POOLED)}, Registry(documents=POOLED))

    again = mapped.documents.pop(key)
    alias = f"{key.rpartition('/')[0]}/{stack_type}"
    assert mapped.complaints == []
    assert set(again.pop("aliases", [])) == ({alias} - {key})
    assert again == {name: value for name, value in document.items() if name != "aliases"}


def test_entry_of_the_registry_is_what_the_page_says() -> None:
    shop = provider_document(
        "shopify-basic", provider_type="ecommerce", cms_type=None, ecommerce_type="hosted_platform",
        transaction_fee_basis_points=200,
    )  # fmt: skip
    engine = provider_document(
        "hugo", provider_type="ssg", cms_type=None, implementation_language="go", rendering_modes=["static_generation"]
    )
    documents = {
        "providers/cms/sanity": SANITY,
        "providers/ecommerce/shopify-basic": shop,
        "providers/ssg/hugo": engine,
        "stacks/cms-tiers/all-in-one": stack_document(
            "all-in-one", category="cms-tiers", tier_name="All", currency="EUR", monthly_cost_range=[1, 2],
            aliases=["stacks/cms-tiers/all_in_one"], key_benefits=["z", "a"], builder="site-image",
            lifecycle={"state": "deprecated", "since": "2026-01-01", "reason": "Old"},
            providers={
                "cms": ["sanity"], "ecommerce": ["shopify-basic"], "source": ["git", "s3-archive"], "ssg": ["hugo"],
            },
        ),
        "stacks/foundation/gone": stack_document(
            "gone", lifecycle={"state": "removed", "since": "2026-01-01", "reason": "Old"}
        ),
    }  # fmt: skip

    found = dictionary_of(documents)

    assert found == {
        "all_in_one": {
            "display_name": "All-In-One",
            "tier_name": "All",
            "currency": "EUR",
            "category": "cms_tier_service",
            "monthly_cost_range": [1, 2],
            "key_benefits": ["z", "a"],
            "cms_provider": "sanity",
            "ecommerce_provider": "shopify_basic",
            "ssg_engine": "hugo",
            "source_providers": ["git", "s3_archive"],
            "builder": "site_image",
            "lifecycle": {"state": "deprecated", "since": "2026-01-01", "reason": "Old"},
            "cms_type": "api_based",
            "ecommerce_type": "hosted_platform",
            "transaction_fee_basis_points": 200,
            "implementation_language": "go",
            "rendering_modes": ["static_generation"],
        }
    }
    assert list(found["all_in_one"])[:5] == ["display_name", "tier_name", "currency", "category", "monthly_cost_range"]


def test_stack_replaces_what_it_says_and_keeps_the_rest() -> None:
    before = stack_document(
        "marketing", icon="layers", aliases=["stacks/foundation/old"], monthly_cost_range=[1, 2],
        key_features=["a"], providers={"cms": ["sanity"], "source": ["git"]},
    )  # fmt: skip
    source: dict[str, Any] = {
        "marketing": {"monthly_cost_range": (3, 4), "key_features": None, "cms_providers": [], "category": None}
    }

    mapped = moved(source, ("stack", before))

    assert mapped.complaints == []
    assert mapped.documents == {
        "stacks/foundation/marketing": {
            "stack_name": "marketing",
            "category": "foundation",
            "display_name": "Marketing",
            "schema_version": "1.0.0",
            "icon": "layers",
            "aliases": ["stacks/foundation/old"],
            "monthly_cost_range": [3, 4],
            "providers": {"source": ["git"]},
        }
    }


def test_old_names_lead_to_the_entries_that_have_them() -> None:
    stack = stack_document("fast", aliases=["stacks/foundation/modern_performance"])
    shop = provider_document("shopify", provider_type="ecommerce", cms_type=None, ecommerce_type="hosted_platform")
    source = {"modern_performance": {"ecommerce_provider": "shopify_basic", "builder": "old_hugo"}}

    mapped = moved(
        source, ("stack", stack), ("provider", shop), ("builder", builder_document("hugo")),
        aliases={
            "stacks/foundation/modern_performance": "stacks/foundation/fast",
            "providers/ecommerce/shopify_basic": "providers/ecommerce/shopify",
            "builders/old_hugo": "builders/hugo",
        },
    )  # fmt: skip

    assert mapped.complaints == []
    assert mapped.keys == {"modern_performance": "stacks/foundation/fast"}
    document = mapped.documents["stacks/foundation/fast"]
    assert (document["providers"], document["builder"]) == ({"ecommerce": ["shopify"]}, "hugo")


def test_new_provider_is_made_of_its_tier() -> None:
    source: dict[str, Any] = {
        "strapi_cms_tier": {
            "tier_name": "Strapi - Your Own CMS", "cms_provider": "strapi_cloud", "cms_type": "API-based",
            "monthly_cost_range": (5, 6), "key_features": ["a"], "key_benefits": ["b"],
        },
        "all_composed": {"cms_providers": ["strapi_cloud"]},
    }  # fmt: skip

    mapped = moved(source)

    assert mapped.complaints == []
    assert mapped.documents["providers/cms/strapi-cloud"] == {
        "provider_name": "strapi-cloud",
        "provider_type": "cms",
        "display_name": "Strapi Cloud",
        "category": "cms_tier_service",
        "cms_type": "api_based",
        "tier_name": "Strapi - Your Own CMS",
        "monthly_cost_range": [5, 6],
        "key_features": ["a"],
        "aliases": ["providers/cms/strapi_cloud"],
        "schema_version": "1.0.0",
    }
    assert validate_document("provider", mapped.documents["providers/cms/strapi-cloud"]) == []
    assert mapped.documents["stacks/cms-tiers/strapi-cms-tier"]["display_name"] == "Strapi"


def test_provider_that_is_there_keeps_all_but_what_only_it_can_have() -> None:
    source = {"sanity_cms_tier": {"cms_provider": "sanity", "cms_type": "hybrid", "monthly_cost_range": (1, 2)}}

    changed = moved(source, ("provider", SANITY))
    same = moved({"sanity_cms_tier": {"cms_provider": "sanity", "cms_type": "api_based"}}, ("provider", SANITY))

    assert changed.documents["providers/cms/sanity"] == {**SANITY, "cms_type": "hybrid"}
    assert list(same.documents) == ["stacks/cms-tiers/sanity-cms-tier"]


def test_providers_and_builders_come_from_the_starter_catalogue() -> None:
    starter = {"providers/cms/sanity": SANITY, "builders/hugo": builder_document("hugo")}

    mapped = moved({"a_template": {"cms": "sanity", "builder": "hugo"}}, starter=starter)

    assert mapped.complaints == []
    assert {key: mapped.documents[key] for key in starter} == starter


def test_everything_that_would_be_lost_is_complained_of() -> None:
    source: dict[Any, Any] = {
        "a b": {}, 5: {}, "list_template": [],
        "one_template": {"x": 1, 7: 2, "icon": 3, "features": ["a"], "key_features": ["b"]},
        "unknown": {"category": "premium"}, "silent": {}, "c_cms": {"cms_type": "hybrid"},
        "d_cms": {"cms_providers": ["x", "y"], "cms_type": "hybrid"},
        "e_template": {"ssg_engine": "zola", "builder": "zola"},
        "f_cms": {"cms_provider": "sanity", "cms_type": "hybrid"},
        "g_cms": {"cms_provider": "sanity", "cms_type": "git_based"},
        "one-template": {}, "h_cms": {"monthly_cost": "$5", "currency": "EUR", "stack_name": "other"},
    }  # fmt: skip

    mapped = moved(source, ("provider", SANITY), folders={"nobody": "composed"})

    unknown = "The registry has no place for this."
    name = "This is no name of a stack: letters and digits, joined by underscores or hyphens."
    folders = "templates, foundation, cms-tiers, ecommerce-tiers, composed"
    missing = "say its {} in the entry of a stack that has only this one, or make it first."
    assert complaints(mapped) == [
        ("a b", name),
        ("5", name),
        ("list_template", "This must be a dict."),
        ("one_template.x", unknown),
        ("one_template.7", unknown),
        ("one_template.icon", "This must be a text."),
        ("one_template.key_features", "This says the same as features; keep one of them."),
        ("unknown.category", f"This names none of the folders {folders}."),
        ("unknown", "Its folder cannot be told; say --category unknown=FOLDER."),
        ("silent", "Its folder cannot be told; say --category silent=FOLDER."),
        ("c_cms.cms_type", "This is said of a provider of type cms, but the stack has none."),
        ("d_cms.cms_type", "This is said of a provider of type cms, but the stack has several."),
        ("e_template.builder", "There is no builder zola; make it first."),
        ("g_cms.cms_type", "f_cms.cms_type says something else about providers/cms/sanity."),
        ("one-template", "Another stack of the dictionary is stacks/templates/one-template already."),
        ("h_cms.currency", "A stack has one currency, not EUR and USD."),
        ("h_cms.stack_name", "This is not the name that the entry has in the dictionary."),
        ("d_cms", f"The registry has no providers/cms/x: {missing.format('cms_type')}"),
        ("d_cms", f"The registry has no providers/cms/y: {missing.format('cms_type')}"),
        ("e_template", f"The registry has no providers/ssg/zola: {missing.format('implementation_language')}"),
        ("nobody", "A folder is given for it, but the dictionary has no such stack."),
    ]
    assert {each.unknown for each in mapped.complaints} == {"", "x", "7"}


def test_what_is_no_dictionary_is_complained_of() -> None:
    sources: tuple[Any, ...] = (None, [], {}, 5, "text")
    for source in sources:
        assert moved(source).complaints == [Complaint("", "This is no dict of stacks, or an empty one.")]
        assert named_keys(source) == set()


def test_choices_settle_folders_and_what_may_be_lost() -> None:
    mapped = moved(
        {"special": {"category": "premium", "support_hours": 2}},
        folders={"special": "composed"},
        left_out=frozenset({"support_hours"}),
    )

    assert mapped.complaints == []
    assert mapped.documents == {"stacks/composed/special": stack_document("special", category="composed")}


def test_realistic_dictionary_leads_to_valid_documents() -> None:
    starter = {
        key: provider_document(key.rpartition("/")[2], provider_type=key.split("/")[1], cms_type=cms_type, **members)
        for key, cms_type, members in (
            ("providers/cms/tina", "git_based", {}),
            ("providers/ecommerce/snipcart", None, {"ecommerce_type": "cart_overlay"}),
            ("providers/ecommerce/foxy", None, {"ecommerce_type": "hosted_cart"}),
            ("providers/ecommerce/shopify-basic", None, {"ecommerce_type": "hosted_platform"}),
            *(
                (f"providers/ssg/{name}", None, {"implementation_language": "go"})
                for name in ("hugo", "gatsby", "nextjs", "nuxt")
            ),
        )
    } | {f"builders/{name}": builder_document(name) for name in ("hugo", "gatsby", "nextjs", "nuxt")}

    mapped = moved(PlatformStackFactory.STACK_METADATA, starter=starter, left_out=frozenset({"support_hours"}))

    assert mapped.complaints == []
    assert [
        (key, found) for key, one in mapped.documents.items() if (found := validate_document(kind_of(key), one))
    ] == []
    assert Counter(key.split("/")[1] for key in mapped.keys.values()) == {
        "templates": 4,
        "foundation": 3,
        "cms-tiers": 4,
        "ecommerce-tiers": 3,
        "composed": 1,
    }
    assert mapped.documents["providers/ecommerce/shopify-basic"]["aliases"] == ["providers/ecommerce/shopify_basic"]
    assert mapped.documents["stacks/templates/hugo-template"]["aliases"] == ["stacks/templates/hugo_template"]
