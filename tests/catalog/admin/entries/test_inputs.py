"""The inputs of the forms of entries: a select for what has few values, suggestions for what people make up."""

import re
from typing import Any

import pytest

from catalog.models.choices import (
    BuilderCategory,
    CmsType,
    Complexity,
    EcommerceType,
    PerformanceTier,
    ProviderType,
    SourceType,
    StackCategory,
)
from tests.catalog.admin.html import Page
from tests.catalog.admin.pages import BUILDERS, PROVIDERS, STACKS, Browsers, page_of
from tests.factories import SANITY, provider_document, sanity, save

pytestmark = pytest.mark.django_db
PRICED = {"complexity_level": Complexity, "performance_tier": PerformanceTier}
SELECTS: dict[str, dict[str, Any]] = {
    PROVIDERS: PRICED
    | {
        "provider_type": ProviderType,
        "cms_type": CmsType,
        "ecommerce_type": EcommerceType,
        "source_type": SourceType,
    },
    BUILDERS: {"category": BuilderCategory},
    STACKS: PRICED | {"category": StackCategory},
}


def suggested(page: str, name: str) -> list[str]:
    """What the browser's own list of suggestions for an input holds."""
    [found] = re.findall(rf'<datalist id="id_{name}_list">(.*?)</datalist>', page)
    return re.findall('value="([^"]*)"', found)


@pytest.mark.parametrize("page", SELECTS)
def test_what_has_few_values_is_chosen_from_all_of_them(page: str, browsers: Browsers) -> None:
    choices = {
        name: [value for value in values if value]
        for form in Page(browsers["administrator"].get(f"{page}add/").content.decode()).forms
        for name, values in form.choices.items()
    }

    assert choices == {name: kind.values for name, kind in SELECTS[page].items()}


@pytest.mark.parametrize("page", [PROVIDERS, STACKS])
def test_usual_currencies_are_suggested_and_another_may_be_typed(page: str, browsers: Browsers) -> None:
    content = browsers["editor"].get(f"{page}add/").content.decode()
    [tag] = re.findall('<input[^>]*name="currency"[^>]*>', content)

    usual = ["USD", "EUR", "GBP", "CHF", "CAD", "AUD", "JPY", "SEK", "NOK", "DKK", "PLN", "INR"]
    assert suggested(content, "currency") == usual
    assert ('list="id_currency_list"' in tag, 'value="USD"' in tag, 'maxlength="3"' in tag) == (True, True, True)


def test_words_that_others_have_typed_are_suggested_the_most_used_first(browsers: Browsers) -> None:
    save("provider", {**SANITY, "icon": "leaf", "hosting_pattern": "edge"})
    for slug in ("decap", "tina"):
        save("provider", provider_document(slug, icon="cloud", category="other_service"))

    content = browsers["editor"].get(page_of(sanity())).content.decode()

    assert suggested(content, "category") == ["other_service", "cms_tier_service"]
    assert suggested(content, "icon") == ["cloud", "leaf"]
    assert suggested(content, "hosting_pattern") == ["edge"]
    for name in ("category", "icon", "key_features", "target_market"):
        address = "/admin/suggestions/" + name + "/"
        [tag] = re.findall(f'<input[^>]*name="{name}"[^>]*>', content)
        assert f'data-suggest="{address}"' in tag
