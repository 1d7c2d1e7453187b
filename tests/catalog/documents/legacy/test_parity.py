"""What a dictionary says beside what the registry gives back: the same, the same in another form, or different."""

from typing import Any

from catalog.documents.legacy.parity import ABSENT, Compared, compare
from tests.factories import SANITY, stack_document

KEY = "stacks/cms-tiers/sanity-cms-tier"
STACK = stack_document(
    "sanity-cms-tier", category="cms-tiers", monthly_cost_range=[65, 280], key_features=["a", "b"], best_for="Text",
    providers={"cms": ["sanity"], "ssg": ["astro", "hugo"]},
)  # fmt: skip


def compared(**entry: Any) -> tuple[int, list[tuple[str, Any, Any]], list[tuple[str, Any, Any]]]:
    documents = {KEY: STACK, "providers/cms/sanity": SANITY}
    parity = compare({"x": entry}, {"x": KEY}, documents)
    return (
        parity.compared,
        [(each.path, each.embedded, each.registry) for each in parity.differences],
        [(each.path, each.embedded, each.registry) for each in parity.other_forms],
    )


def test_what_is_equal_for_a_program_is_the_same() -> None:
    assert compared(
        monthly_cost_range=(65, 280), key_features=["a", "b"], best_for="Text", cms_provider="sanity",
        ssg_engines=("astro", "hugo"), cms_type="api_based", category="cms_tier_service", schema_version="1.0.0",
    ) == (7, [], [])  # fmt: skip


def test_what_means_the_same_is_listed_as_another_form() -> None:
    count, differences, forms = compared(
        monthly_cost_range="$65-280", features=["a", "b"], best_for=("Text",), cms_providers=["Sanity"], icon=None,
        category="cms", setup_cost_range=[],
    )  # fmt: skip

    assert (count, differences) == (7, [])
    assert forms == [
        ("x.monthly_cost_range", "$65-280", [65, 280]),
        ("x.features", ["a", "b"], ["a", "b"]),
        ("x.best_for", ("Text",), "Text"),
        ("x.cms_providers", ["Sanity"], ABSENT),
        ("x.icon", None, ABSENT),
        ("x.category", "cms", "cms_tier_service"),
        ("x.setup_cost_range", [], ABSENT),
    ]


def test_what_differs_is_listed_with_both_values() -> None:
    assert compared(
        monthly_cost_range=(65, 281), key_features={"b", "a", "c"}, best_for=None, cms_provider="tina",
        ssg_engine="astro", cms_type="hybrid", category="composed", support_hours=2, setup_cost_range=(1, 2),
        icon=5, currency="EUR",
    )[1:] == (
        [
            ("x.monthly_cost_range", (65, 281), [65, 280]),
            ("x.key_features", {"a", "b", "c"}, ["a", "b"]),
            ("x.best_for", None, "Text"),
            ("x.cms_provider", "tina", "sanity"),
            ("x.ssg_engine", "astro", ABSENT),
            ("x.cms_type", "hybrid", "api_based"),
            ("x.category", "composed", "cms_tier_service"),
            ("x.support_hours", 2, ABSENT),
            ("x.setup_cost_range", (1, 2), ABSENT),
            ("x.icon", 5, ABSENT),
            ("x.currency", "EUR", ABSENT),
        ],
        [],
    )  # fmt: skip


def test_order_of_lists_counts_and_a_float_is_another_form() -> None:
    assert compared(key_features=["b", "a"], monthly_cost_range=(65.0, 280))[1:] == (
        [("x.key_features", ["b", "a"], ["a", "b"])],
        [("x.monthly_cost_range", (65.0, 280), [65, 280])],
    )


def test_stacks_that_are_not_there_or_removed_differ_as_a_whole() -> None:
    gone = {**STACK, "lifecycle": {"state": "removed", "since": "2026-01-01", "reason": "Old"}}
    source = {"here": {"best_for": "Text"}, "gone": {"a": 1}, "never": {}, "wrong": 5}

    parity = compare(source, {"here": KEY, "gone": "stacks/composed/gone", "wrong": KEY}, {
        KEY: STACK, "stacks/composed/gone": gone,
    })  # fmt: skip

    assert (parity.compared, parity.other_forms) == (4, [])
    assert parity.differences == [
        Compared("gone", {"a": 1}, ABSENT),
        Compared("never", {}, ABSENT),
        Compared("wrong", 5, ABSENT),
    ]
    assert compare([], {}, {}).compared == 0
