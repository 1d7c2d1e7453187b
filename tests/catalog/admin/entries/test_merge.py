"""The form after a conflict: every member that only the others changed is theirs, whatever kind of entry it is."""

from typing import Any

import pytest

from catalog.models import Builder, Provider, Revision, Stack
from catalog.models.choices import ProviderType
from tests.catalog.admin.entries.conflicts import document_of, save_theirs, start, states, tick
from tests.catalog.admin.pages import Browsers, page_of
from tests.factories import builder_document, provider_document, save, stack_document

pytestmark = pytest.mark.django_db
# Every member that a form may change, as a document has it before, and after somebody else's save.
PROVIDER_BY_TYPE: dict[ProviderType, tuple[dict[str, Any], dict[str, Any]]] = {
    ProviderType.CMS: ({"cms_type": "hybrid"}, {"cms_type": "api_based"}),
    ProviderType.ECOMMERCE: (
        {"ecommerce_type": "hosted_cart", "transaction_fee_basis_points": 0},
        {"ecommerce_type": "cart_overlay", "transaction_fee_basis_points": 250},
    ),
    ProviderType.SSG: (
        {"implementation_language": "go", "rendering_modes": ["static"]},
        {"implementation_language": "rust", "rendering_modes": ["static", "server"]},
    ),
    ProviderType.SOURCE: (
        {"source_type": "archive", "backend": "zip@1"},
        {"source_type": "inline", "backend": "zip@2"},
    ),
}
COMMON: dict[str, Any] = {
    "display_name": "Other",
    "description": "Two\nlines",
    "icon": "other",
    "website_url": "https://other.example",
    "best_for": "Others",
    "aliases": ["providers/cms/older", "providers/cms/oldest"],
}
PRICED: dict[str, Any] = {
    "tier_name": "Other",
    "currency": "EUR",
    "monthly_cost_range": [0, 2],
    "setup_cost_range": [0, 0],
    "complexity_level": "high",
    "hosting_pattern": "other",
    "performance_tier": "basic",
    "target_market": ["b", "a"],
    "ssg_engine_options": ["hugo"],
    "template_variants": ["x"],
    "key_features": ["y", "x"],
}


@pytest.mark.parametrize("provider_type", list(ProviderType))
def test_every_member_that_only_they_changed_is_taken_over(provider_type: ProviderType, browsers: Browsers) -> None:
    save("builder", builder_document("hugo"))
    before, after = PROVIDER_BY_TYPE[provider_type]
    document = provider_document("one", provider_type=provider_type.value, cms_type=None) | before
    theirs = document | COMMON | PRICED | after | {"category": "other", "incompatible_builders": ["hugo"]}
    theirs["config_schema"] = {"type": "object", "properties": {"a": {"default": 1}}}
    save("provider", document)
    entry = Provider.objects.get()
    mine = start(browsers["editor"], entry)
    save_theirs("provider", theirs)

    shown = browsers["editor"].post(page_of(entry), mine)
    answer = browsers["editor"].post(page_of(entry), tick(shown))

    assert set(states(shown).values()) == {"theirs"}
    assert len(states(shown)) == len([name for name in theirs if theirs[name] != document.get(name)])
    assert answer.status_code == 302
    assert (document_of(entry), Revision.objects.filter(entry_key=entry.key).count()) == (theirs, 2)


def test_every_member_of_a_builder_is_taken_over(browsers: Browsers) -> None:
    save("builder", builder_document("hugo"))
    entry = Builder.objects.get()
    mine = start(browsers["editor"], entry)
    theirs = builder_document("hugo", **COMMON, category="generic", ssg_engine_options=["a"], key_features=["b"])
    save_theirs("builder", theirs)

    browsers["editor"].post(page_of(entry), tick(browsers["editor"].post(page_of(entry), mine)))

    assert document_of(entry) == theirs


@pytest.fixture
def stack(browsers: Browsers) -> Stack:
    for slug in ("a", "b", "c", "d"):
        save("provider", provider_document(slug))
    save("builder", builder_document("hugo"))
    save("stack", stack_document(providers={"cms": ["a", "b", "c"]}))
    return Stack.objects.get()


def keys(*slugs: str) -> str:
    return ", ".join(f"providers/cms/{slug}" for slug in slugs)


def test_every_member_of_a_stack_is_taken_over(stack: Stack, browsers: Browsers) -> None:
    mine = start(browsers["editor"], stack)
    theirs = stack_document(
        **COMMON, **PRICED, key_benefits=["b", "a"], builder="hugo", providers={"cms": ["d", "c", "a"]}
    )
    save_theirs("stack", theirs)

    shown = browsers["editor"].post(page_of(stack), mine)
    answer = browsers["editor"].post(page_of(stack), tick(shown))

    assert states(shown)["Providers"] == "theirs"
    assert answer.status_code == 302
    assert document_of(stack) == theirs


def test_providers_that_only_this_person_changed_stay_although_all_rows_are_new(
    stack: Stack, browsers: Browsers
) -> None:
    mine = start(browsers["editor"], stack, providers=keys("b", "c", "d"))
    save_theirs("stack", stack_document(providers={"cms": ["a", "b", "c"]}, icon="theirs"))

    shown = browsers["editor"].post(page_of(stack), mine)
    assert states(shown) == {"Icon": "theirs", "Providers": "yours"}
    answer = browsers["editor"].post(page_of(stack), tick(shown))

    assert answer.status_code == 302
    assert document_of(stack) == stack_document(providers={"cms": ["b", "c", "d"]}, icon="theirs")


def test_providers_that_both_changed_are_marked_and_stay_as_typed(stack: Stack, browsers: Browsers) -> None:
    mine = start(browsers["editor"], stack, providers=keys("c", "b", "a"))
    save_theirs("stack", stack_document(providers={"cms": ["d", "b"]}))

    shown = browsers["editor"].post(page_of(stack), mine)

    assert states(shown) == {"Providers": "both"}
    (row,) = shown.context["conflict"].rows
    assert [[part.text for part in side] for side in (row.theirs, row.yours)] == [
        ['{"cms": ["d", "b"]}'],
        ['{"cms": ["c", "b", "a"]}'],
    ]
    browsers["editor"].post(page_of(stack), tick(shown))
    assert document_of(stack)["providers"] == {"cms": ["c", "b", "a"]}


@pytest.mark.parametrize("provider", ["9" * 30, "99999", "x", "<script>"])
def test_provider_that_does_not_exist_is_no_error_page(provider: str, stack: Stack, browsers: Browsers) -> None:
    mine = start(browsers["editor"], stack, providers=provider)
    save_theirs("stack", stack_document(providers={"cms": ["d", "b"]}))

    shown = browsers["editor"].post(page_of(stack), mine)
    answer = browsers["editor"].post(page_of(stack), tick(shown))

    assert (shown.status_code, answer.status_code) == (200, 200)
    assert states(shown) == {"Providers": "both"}
    assert document_of(stack)["providers"] == {"cms": ["d", "b"]}
