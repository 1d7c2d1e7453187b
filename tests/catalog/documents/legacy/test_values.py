"""What values of a dictionary mean, and the words for those that mean nothing."""

from typing import Any

import pytest

from catalog.documents.legacy.members import folder_by_words, folder_of_type, put_together, understand
from catalog.documents.legacy.values import ValueMeaningError, read_costs, read_names, read_tags


def meant(name: str, *values: Any) -> list[Any]:
    """What each value means; the message where it means nothing."""
    found: list[Any] = []
    for value in values:
        try:
            found.append(understand(name, value))
        except ValueMeaningError as error:
            found.append(str(error))
    return found


def test_costs_in_every_form() -> None:
    texts = {
        "1500-3000": ([1500, 3000], ""),
        " 1,500 \u2013 3,000 ": ([1500, 3000], ""),
        "$1,500 - $3,000": ([1500, 3000], "USD"),
        "50 to 75 EUR": ([50, 75], "EUR"),
        "£50.00-75.00": ([50, 75], "GBP"),
        "CHF 50\u201475": ([50, 75], "CHF"),
        "75": ([75, 75], ""),
    }
    assert {text: read_costs(text) for text in texts} == texts
    assert [
        read_costs(value)[0]
        for value in ((50, 75), [50, 75], {75, 50}, frozenset({50, 75}), (75.0, 450.0), 0, {"min": 1, "max": 2})
    ] == [[50, 75], [50, 75], [50, 75], [50, 75], [75, 450], [0, 0], [1, 2]]
    assert read_costs({"from": 1, "to": 2}) == read_costs({"high": 2, "low": 1}) == ([1, 2], "")


def test_costs_that_mean_nothing() -> None:
    for value in (
        "from 50", "50+", "1,50-75", "50-75-100", "", "-50", (50,), (1, 2, 3), (True, 2), ("50", "75"), (50.5, 75),
        (None, 75),
        float("nan"), (float("inf"), 1), {"min": 1}, {"min": 1, "max": None}, b"50", object(),
    ):  # fmt: skip
        with pytest.raises(ValueMeaningError, match="whole numbers"):
            read_costs(value)


def test_tags_in_every_form() -> None:
    assert [
        read_tags(value)
        for value in (
            ["b_c", "a"], ("b_c", "a"), {"b_c", "a"}, "b_c, a,", {"b_c": True, "no": False, "a": True},
            ["Core Web Vitals", "core-web-vitals"],
        )
    ] == [["b_c", "a"], ["b_c", "a"], ["a", "b_c"], ["b_c", "a"], ["b_c", "a"], ["core_web_vitals"]]  # fmt: skip
    for value in ([1], [None], {"a": 1}, 5, [["a"]]):
        with pytest.raises(ValueMeaningError, match=r"^This must be a list of texts\.$"):
            read_tags(value)


def test_names_become_slugs() -> None:
    assert read_names(["shopify_basic", "Foxy", "foxy"]) == ["shopify-basic", "foxy"]
    for value in ("shopify basic", ["a__b"], ["_a"], ["é"], [""]):
        with pytest.raises(ValueMeaningError, match="is no name: letters and digits"):
            read_names(value)


def test_texts_and_words() -> None:
    assert meant("best_for", "  Two\n  lines ", ("One",), ["One", "two"], 5, ["a", 1], {}) == [
        {"best_for": "Two lines"},
        {"best_for": "One"},
        {"best_for": "One; two"},
        "This must be a text.",
        "This must be a text.",
        {"best_for": None},
    ]
    assert meant("best_for", " two  spaces ", "line\u2028line") == [
        {"best_for": " two  spaces "},
        {"best_for": "line line"},
    ]
    assert meant("description", " Two\n lines ") == [{"description": " Two\n lines "}]
    assert meant("complexity", "Medium to High", ["high"]) == [
        {"complexity_level": "medium_to_high"},
        "This must be a text.",
    ]
    assert meant("transaction_fee_basis_points", 200, 200.0, True, "2%", 1.5) == [
        {"transaction_fee_basis_points": 200},
        {"transaction_fee_basis_points": 200},
        *["This must be a whole number."] * 3,
    ]
    assert meant("builder", "site_image", ["hugo"], ["a", "b"], None) == [
        {"builder": "site-image"},
        {"builder": "hugo"},
        "A stack has one builder.",
        {"builder": None},
    ]


def test_members_of_other_names_and_of_none() -> None:
    assert meant("features", ["a"]) == [{"key_features": ["a"]}]
    assert meant("ssg", "hugo") == [{"providers/ssg": ["hugo"]}]
    assert meant("schema_version", "1.0.0") == [{}]
    assert meant("support_hours", 2) == ["The registry has no place for this."]
    assert meant("monthly_cost", "€5-6") == [{"monthly_cost_range": [5, 6], "currency": "EUR"}]


def test_folders_by_words() -> None:
    words = {
        "cms_tier_service": "cms-tiers",
        "cms_tiers": "cms-tiers",
        "ecommerce-tiers": "ecommerce-tiers",
        "cms_ecommerce_composed": "composed",
        "ssg_template_business_service": "templates",
        "foundation_ssg_service": "foundation",
        "Templates": "templates",
        "contemplate": "",
        "premium": "",
    }
    assert {text: folder_by_words(text) for text in words} == words
    assert [folder_of_type(name) for name in ("modern_performance", "snipcart_ecommerce", "other")] == [
        "foundation",
        "ecommerce-tiers",
        "",
    ]
    assert (
        meant("category", "premium", 5, None)[:2]
        == ["This names none of the folders templates, foundation, cms-tiers, ecommerce-tiers, composed."] * 2
    )


def test_one_provider_and_several_are_added_up() -> None:
    assert put_together(
        [{"providers/cms": ["a"]}, {"providers/cms": None}, {"providers/cms": ["b", "a"]}, {"icon": None}]
    ) == {"providers/cms": ["a", "b"], "icon": None}
