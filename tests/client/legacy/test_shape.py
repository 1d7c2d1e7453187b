"""The shape of STACK_METADATA: the adapter's is the catalogue's own, for every document that there can be."""

from typing import Any

import pytest
from registry_client.legacy.differences import find_differences, is_same
from registry_client.legacy.shape import make_dictionary, make_entry

from catalog.documents.legacy.entries import dictionary_of
from tests.factories import provider_document, stack_document


def documents() -> dict[str, dict[str, Any]]:
    """Stacks with every member, with one provider of a type and several, in every folder."""
    whole = stack_document(
        "all-of-it", category="composed", icon="box", currency="EUR", builder="static-site", best_for="Anyone",
        complexity_level="low", hosting_pattern="aws_minimal", performance_tier="basic", description="All of it",
        website_url="https://example.com", tier_name="All - of it", monthly_cost_range=[1, 2], setup_cost_range=[3, 4],
        target_market=["b", "a"], ssg_engine_options=["hugo"], template_variants=["x"], key_features=["y"],
        key_benefits=["z"], lifecycle={"state": "deprecated", "reason": "Old", "replacement": None},
        providers={"cms": ["decap"], "ecommerce": ["shopify-basic", "foxy"], "ssg": ["hugo"], "source": ["github"]},
    )  # fmt: skip
    return {
        "stacks/composed/all-of-it": whole,
        "stacks/composed/lone-shop": stack_document(
            "lone-shop", category="composed", providers={"ecommerce": ["foxy"], "cms": ["gone"]}
        ),
        "stacks/foundation/marketing": stack_document("marketing"),
        "stacks/templates/marketing": stack_document("marketing", category="templates", display_name="Second"),
        "stacks/cms-tiers/sanity-cms-tier": stack_document("sanity-cms-tier", category="cms-tiers"),
        "stacks/ecommerce-tiers/foxy": stack_document("foxy", category="ecommerce-tiers"),
        "providers/cms/decap": provider_document("decap", cms_type="git_based"),
        "providers/ecommerce/foxy": provider_document(
            "foxy", provider_type="ecommerce", ecommerce_type="hosted", transaction_fee_basis_points=290
        ),
        "providers/ssg/hugo": provider_document(
            "hugo", provider_type="ssg", implementation_language="go", rendering_modes=["static"]
        ),
    }


def test_adapter_and_catalogue_give_the_same_dictionary() -> None:
    ours, theirs = make_dictionary(documents()), dictionary_of(documents())

    assert ours == theirs
    assert [list(entry) for entry in ours.values()] == [list(entry) for entry in theirs.values()]
    assert list(ours) == list(theirs)


def test_every_member_is_told() -> None:
    entry = make_dictionary(documents())["all_of_it"]

    assert entry == {
        "display_name": "Stack", "description": "All of it", "icon": "box", "website_url": "https://example.com",
        "tier_name": "All - of it", "best_for": "Anyone", "complexity_level": "low", "hosting_pattern": "aws_minimal",
        "performance_tier": "basic", "currency": "EUR", "category": "composed_service", "monthly_cost_range": [1, 2],
        "setup_cost_range": [3, 4], "target_market": ["b", "a"], "ssg_engine_options": ["hugo"],
        "template_variants": ["x"], "key_features": ["y"], "key_benefits": ["z"], "cms_provider": "decap",
        "ecommerce_providers": ["shopify_basic", "foxy"], "ssg_engine": "hugo", "source_provider": "github",
        "builder": "static_site", "lifecycle": {"state": "deprecated", "reason": "Old", "replacement": None},
        "cms_type": "git_based", "implementation_language": "go", "rendering_modes": ["static"],
    } | {"display_name": documents()["stacks/composed/all-of-it"]["display_name"]}  # fmt: skip


def test_a_folder_that_is_newer_than_the_client_gives_its_own_name() -> None:
    assert make_entry({"category": "edge-tiers"}, {}) == {"category": "edge_tiers"}


@pytest.mark.parametrize(
    ("embedded", "registry", "same"),
    [
        ((50, 75), [50, 75], True), ([50, 75], [75, 50], False), ({"a", "b"}, ["a", "b"], False),
        (75.0, 75, False), (True, 1, False), ("a", "a", True), (None, None, True), ((1, (2, 3)), [1, [2, 3]], True),
        ({"min": (1, 2)}, {"min": [1, 2]}, True), ({"min": 1}, {"max": 1}, False), ("50-75", [50, 75], False),
    ],
)  # fmt: skip
def test_equal_is_what_a_program_may_take_for_the_other(embedded: Any, registry: Any, same: bool) -> None:
    assert is_same(embedded, registry) == same


def test_what_only_the_registry_has_is_no_difference() -> None:
    assert list(find_differences("marketing", {"a": 1}, {"a": 1, "b": 2})) == []
