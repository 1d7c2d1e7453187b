"""An entry as people see it who may only look: every value in words, nothing to send."""

import pytest

from catalog.models import Builder, Stack
from tests.catalog.admin.pages import Browsers, page_of
from tests.factories import SANITY, builder_document, provider_document, sanity, save, stack_document

pytestmark = pytest.mark.django_db


def test_values_are_shown_in_words(browsers: Browsers) -> None:
    save("provider", {**SANITY, "aliases": ["providers/cms/old_sanity"]})

    shown = browsers["publisher"].get(page_of(sanity())).content.decode()

    assert '<span class="rg-chip">structured content</span>' in shown
    assert '<span class="rg-chip">providers/cms/old_sanity</span>' in shown
    assert "cms_tier_service" not in shown
    assert "cms tier service" in shown
    assert "65 to 280 USD" in shown
    assert "1,440 to 3,360 USD" in shown
    assert "Change note" not in shown
    assert 'name="display_name"' not in shown


def test_stack_shows_its_providers_in_their_order_and_its_builder(browsers: Browsers) -> None:
    save("provider", SANITY)
    save("provider", provider_document("decap"))
    save("builder", builder_document("hugo"))
    save("stack", stack_document(providers={"cms": ["sanity", "decap"]}, builder="hugo", key_benefits=["one_place"]))

    shown = browsers["publisher"].get(page_of(Stack.objects.get())).content.decode()

    assert '<span class="rg-chip">Sanity CMS</span> <span class="rg-chip">Decap</span>' in shown
    assert '<span class="rg-chip">one place</span>' in shown
    assert Builder.objects.get().display_name in shown


def test_attack_is_escaped_for_who_only_looks(browsers: Browsers) -> None:
    attack = "<script>alert(1)</script>"
    save("provider", {**SANITY, "display_name": attack, "config_schema": {"properties": {attack: {"title": attack}}}})
    save("stack", stack_document(providers={"cms": ["sanity"]}))

    pages = [browsers["publisher"].get(page_of(entry)).content.decode() for entry in (sanity(), Stack.objects.get())]

    assert ["<script>alert(1)" in page for page in pages] == [False, False]
    assert ["&lt;script&gt;alert(1)" in page for page in pages] == [True, True]
