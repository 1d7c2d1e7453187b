"""Lists of entries: what is found by words and filters, and that no address breaks them."""

import pytest

from tests.cases import spread
from tests.catalog.admin.pages import BUILDERS, PROVIDERS, STACKS, Browsers, save_one_of_each
from tests.factories import SANITY, builder_document, provider_document, save, stack_document

pytestmark = pytest.mark.django_db
SHOP = {"provider_type": "ecommerce", "cms_type": None, "ecommerce_type": "cart_overlay", "category": "shop"}


@pytest.fixture
def catalogue(browsers: Browsers) -> Browsers:
    save("provider", {**SANITY, "aliases": ["providers/cms/old_name"], "website_url": "https://sanity.io/"})
    save("provider", provider_document("decap", complexity_level="low", monthly_cost_range=[0, 20]))
    save("provider", provider_document("foxy", **SHOP, description="Ein Körbchen für 🛒", currency="EUR"))
    return browsers


def found(browsers: Browsers, page: str, query: dict[str, str]) -> list[str]:
    answer = browsers["editor"].get(page, query)
    assert answer.status_code == 200
    return [entry.slug for entry in answer.context["cl"].result_list]


def test_search_finds_entries_with_every_word(catalogue: Browsers) -> None:
    expected = {
        "": ["decap", "foxy", "sanity"],
        "SANITY": ["sanity"],
        "advanced  structured\tcms": ["sanity"],
        "advanced nothing": [],
        "real-time": ["sanity"],
        "Real_Time_APIs": ["sanity"],
        "api_first": ["sanity"],
        "old_name": ["sanity"],
        "sanity.io": ["sanity"],
        "ecommerce": ["foxy"],
        "Körbchen 🛒": ["foxy"],
        "%_\\": [],
        '"': [],
        "[": [],
        "' OR 1=1 --": [],
        "\0": ["decap", "foxy", "sanity"],
        "o " * 200: ["decap", "foxy", "sanity"],
        "a" * 390: [],
    }

    assert {words: sorted(found(catalogue, PROVIDERS, {"q": words})) for words in expected} == expected


def test_filters_narrow_the_list_together(catalogue: Browsers) -> None:
    expected: list[tuple[dict[str, str], list[str]]] = [
        ({"provider_type": "ecommerce"}, ["foxy"]),
        ({"category": "cms_tier_service"}, ["decap", "sanity"]),
        ({"complexity_level": "low"}, ["decap"]),
        ({"key_features": "Real-Time APIs"}, ["sanity"]),
        ({"key_features": "real_time_apis, groq_querying"}, ["sanity"]),
        ({"key_features": "real_time_apis, nothing"}, []),
        ({"key_features": "real_time"}, []),
        ({"key_features": "ä"}, []),
        ({"key_features": " , ,"}, ["decap", "foxy", "sanity"]),
        ({"ssg_engine_options": "astro"}, ["sanity"]),
        ({"target_market": "enterprise_ready"}, ["sanity"]),
        ({"cost_from": "21"}, ["sanity"]),
        ({"cost_to": "64"}, ["decap"]),
        ({"cost_from": "20", "cost_to": "65"}, ["decap", "sanity"]),
        ({"cost_from": "1,000"}, []),
        ({"cost_from": "9" * 15}, []),
        ({"cost_from": "9" * 16}, ["decap", "foxy", "sanity"]),
        ({"cost_from": "-1", "cost_to": "NaN"}, ["decap", "foxy", "sanity"]),
        ({"provider_type": "cms", "complexity_level": "low", "q": "decap"}, ["decap"]),
        ({"provider_type": "nothing"}, ["decap", "foxy", "sanity"]),
        ({"lifecycle_state": "removed"}, []),
    ]

    assert [(query, sorted(found(catalogue, PROVIDERS, query))) for query, _ in expected] == expected


COMMON = [
    {"state": "draft"},
    {"unpublished": "yes"},
    {"lifecycle_state": "deprecated"},
    {"key_features": "fast_builds"},
    {"ssg_engine_options": "hugo"},
]
OWN = {
    BUILDERS: [{"category": "container"}],
    STACKS: [
        {"category": "cms-tiers"},
        {"cost_to": "10"},
        {"cost_from": "6", "cost_to": "7"},
        {"complexity_level": "high"},
        {"target_market": "small_shops"},
    ],
}
WORDS = {
    BUILDERS: ["WANTED", "builders/want", "for the impatient", "fast-builds", "old_wanted", "go-fast@2", "Ünicode 🚀"],
    STACKS: ["WANTED", "stacks/cms-t", "for the impatient", "fast-builds", "small shops", "Ünicode 🚀", "quick_start"],
}


@pytest.fixture
def others(browsers: Browsers) -> Browsers:
    """A live entry of each kind, and a builder and a stack that are unlike them in everything."""
    save_one_of_each()
    same = {
        "display_name": "Wanted Ünicode 🚀",
        "description": "One for the impatient",
        "key_features": ["fast_builds"],
        "ssg_engine_options": ["hugo"],
        "lifecycle": {"state": "deprecated", "since": "2026-01-01", "reason": "Old"},
    }
    builder = {"category": "container", "backend": "go-fast@2", "aliases": ["builders/old_wanted"]}
    save("builder", builder_document("wanted", **same, **builder), approved=False)
    stack = {"category": "cms-tiers", "monthly_cost_range": [5, 9], "complexity_level": "high"}
    tags = {"target_market": ["small_shops"], "key_benefits": ["quick_start"]}
    save("stack", stack_document("wanted", **same, **stack, **tags), approved=False)
    return browsers


@pytest.mark.parametrize("page", OWN)
def test_each_filter_of_builders_and_stacks_finds_the_one_that_fits(page: str, others: Browsers) -> None:
    queries = [*COMMON, *OWN[page]]

    assert [(query, found(others, page, query)) for query in queries] == [(query, ["wanted"]) for query in queries]


@pytest.mark.parametrize("page", OWN)
def test_filters_of_builders_and_stacks_leave_the_rest_as_well(page: str, others: Browsers) -> None:
    [rest] = set(found(others, page, {})) - {"wanted"}

    for query in ({"state": "live"}, {"unpublished": "no"}, {"lifecycle_state": "active"}):
        assert found(others, page, query) == [rest]


@pytest.mark.parametrize("page", WORDS)
def test_search_finds_builders_and_stacks_by_every_text(page: str, others: Browsers) -> None:
    assert {words: found(others, page, {"q": words}) for words in WORDS[page]} == {
        words: ["wanted"] for words in WORDS[page]
    }


@pytest.mark.parametrize("page", WORDS)
def test_search_finds_no_builder_or_stack_without_every_word(page: str, others: Browsers) -> None:
    assert [found(others, page, {"q": words}) for words in ("wanted nothing", "%", "_\\", '"')] == [[]] * 4


FILTERED = {
    PROVIDERS: ["Type", "Category", "State", "Unpublished changes", "Lifecycle", "Complexity", "Monthly cost",
        "Feature", "Site engine", "Target market"],
    BUILDERS: ["Category", "State", "Unpublished changes", "Lifecycle", "Feature", "Site engine"],
    STACKS: ["Category", "State", "Unpublished changes", "Lifecycle", "Complexity", "Monthly cost", "Feature",
        "Site engine", "Target market"],
}  # fmt: skip


@pytest.mark.parametrize("page", FILTERED)
def test_every_filter_has_its_inputs_above_the_list(page: str, browsers: Browsers) -> None:
    answer = browsers["publisher"].get(page)
    content, specs = answer.content.decode(), answer.context["cl"].filter_specs

    assert [each.title for each in specs] == FILTERED[page]
    assert [name for each in specs for name in each.parameters if f'name="{name}"' not in content] == []


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ({"cost_from": "x"}, "Write whole amounts without currency, such as 50."),
        ({"cost_to": "1e5"}, "Write whole amounts without currency, such as 50."),
        ({"cost_from": "5", "cost_to": "4"}, "The first amount is more than the second."),
        ({"cost_from": "5", "cost_to": "50"}, ""),
    ],
)
def test_wrong_amount_is_said_beside_its_input(query: dict[str, str], problem: str, browsers: Browsers) -> None:
    page = browsers["editor"].get(PROVIDERS, query).content.decode()

    assert (f'<span class="rg-error" role="alert">{problem}</span>' in page) == bool(problem)


def test_what_narrows_the_list_is_shown_and_can_be_taken_away(catalogue: Browsers) -> None:
    query = {"q": "sanity", "provider_type": "cms", "cost_to": "500", "o": "1"}
    shown = catalogue["editor"].get(PROVIDERS, query).context

    assert [(title, text) for title, text, _ in shown["active_filters"]] == [
        ("Type", "CMS"),
        ("Monthly cost", "up to 500"),
    ]
    assert shown["active_filters"][0][2] == "?cost_to=500&o=1&q=sanity"
    assert shown["without_search"] == "?cost_to=500&o=1&provider_type=cms"


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({}, "There are no providers yet."),
        ({"q": "x"}, "No provider fits."),
        ({"complexity_level": "low"}, "No provider fits."),
    ],
)
def test_empty_list_says_why_and_what_to_do(query: dict[str, str], text: str, browsers: Browsers) -> None:
    pages = [browsers[name].get(PROVIDERS, query).content.decode() for name in ("editor", "publisher")]

    assert [text in page for page in pages] == [True, True]
    assert ["Add the first provider" in page for page in pages] == [not query, False]


HOSTILE = [
    *(f"o={value}" for value in ("", "x", "99", "-99", "1.2.3.-4", "9" * 5000, "-", "%00", "1.1.1.1", "٣")),
    *(f"p={value}" for value in ("", "x", "0", "-1", "99999", "9" * 5000, "%00", "1.5")),
    *(f"{name}=%00%27%22%3Cscript%3E" for name in ("state", "category", "key_features", "cost_from", "q")),
    "nothing=1", "latest_revision__author__password__startswith=a", "provider_type__in=cms", "id__gt=0", "key__regex=(",
    "e=1", "e=1&nothing=2", "all=", "_facets=True", "_popup=1", "key_features=" + "a," * 2000, "state=live&state=draft",
    "q=" + "x" * 60_000, "q=" + "%F0%9F%92%A9" * 500, "q=%E2%80%AEabc", "category=" + "x" * 10_000, "=&&&=",
]  # fmt: skip


@pytest.mark.parametrize("page", spread([PROVIDERS, BUILDERS, STACKS], fast=1))
def test_no_address_breaks_a_list(page: str, browsers: Browsers) -> None:
    save_one_of_each()

    answers = {query: browsers["editor"].get(f"{page}?{query}") for query in HOSTILE}

    assert {query: answer.status_code for query, answer in answers.items() if answer.status_code != 200} == {}
    assert [query for query, answer in answers.items() if "<script>'" in answer.content.decode()] == []


def test_page_number_that_is_too_high_shows_the_last_page(browsers: Browsers) -> None:
    for number in range(3):
        save("provider", provider_document(f"provider-{number}"))
    admin = browsers["editor"].get(PROVIDERS).context["cl"].model_admin
    admin.list_per_page, before = 2, admin.list_per_page
    try:
        pages = [found(browsers, PROVIDERS, {"p": page}) for page in ("0", "1", "2", "3", "999")]
    finally:
        admin.list_per_page = before

    assert pages == [["provider-0", "provider-1"]] * 2 + [["provider-2"]] * 3


def test_sorting_by_cost_puts_unknown_costs_last_both_ways(catalogue: Browsers) -> None:
    at = list(catalogue["editor"].get(PROVIDERS).context["cl"].list_display).index("monthly_cost")

    assert found(catalogue, PROVIDERS, {"o": str(at)}) == ["decap", "sanity", "foxy"]
    assert found(catalogue, PROVIDERS, {"o": f"-{at}"}) == ["sanity", "decap", "foxy"]
