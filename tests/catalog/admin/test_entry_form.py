"""The form of an entry: what it saves, and that what is wrong stands at its field and writes nothing."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.documents.mapping import document_from_row
from catalog.models import Alias, Builder, Provider, Revision, Stack
from tests.cases import spread
from tests.catalog.admin.pages import (
    BUILDERS,
    PROVIDERS,
    STACKS,
    Browsers,
    errors,
    fill_in,
    messages,
    page_of,
    save_one_of_each,
    send,
)
from tests.factories import SANITY, builder_document, provider_document, sanity, save

pytestmark = pytest.mark.django_db
NEW_PROVIDER = {"slug": "decap", "provider_type": "cms", "display_name": "Decap", "category": "cms_tier_service"}
NEW_PROVIDER |= {"cms_type": "git_based", "change_note": "A new one"}
NESTED = json.dumps({"a": 1}).replace("1", "[" * 400 + "]" * 400)


def written() -> list[Any]:
    return [list(model.objects.values()) for model in (Provider, Revision, Alias)]


def test_changed_cost_is_recorded_with_note_author_and_request(browsers: Browsers) -> None:
    save("provider", SANITY)

    answer = browsers["editor"].post(
        page_of(sanity()),
        {**fill_in(browsers["editor"], page_of(sanity())), "monthly_cost_min": "70", "change_note": "New price list"},
        headers={"X-Request-ID": "from-a-browser"},
    )

    revision = sanity().latest_revision
    assert (answer.status_code, answer.headers["Location"]) == (302, PROVIDERS)
    assert revision is not None
    assert revision.document == {**SANITY, "monthly_cost_range": [70, 280]}
    assert (revision.number, revision.change_note, revision.source) == (2, "New price list", "admin")
    assert (revision.author, revision.request_id) == (User.objects.get(username="editor"), "from-a-browser")
    assert not sanity().is_approved


def test_lines_of_a_description_end_as_documents_have_them(browsers: Browsers) -> None:
    save("provider", SANITY)

    send(browsers["editor"], page_of(sanity()), description="One\r\nTwo", change_note="Because")

    assert document_from_row(sanity()) == {**SANITY, "description": "One\nTwo"}


@pytest.mark.parametrize("kind", ["provider", "builder", "stack"])
def test_form_sent_unchanged_records_nothing_and_keeps_the_approval(kind: str, browsers: Browsers) -> None:
    entry = save_one_of_each()[kind]
    document = document_from_row(entry)

    answer = send(browsers["editor"], page_of(entry), change_note="Just looking")

    assert messages(answer)[0] == "Nothing was different, so no revision was recorded."
    entry.refresh_from_db()
    assert document_from_row(entry) == document
    assert (Revision.objects.count(), entry.is_live) == (3, True)


def test_new_provider_is_made_with_its_first_revision(browsers: Browsers) -> None:
    answer = send(browsers["editor"], f"{PROVIDERS}add/", **NEW_PROVIDER, aliases="providers/cms/netlify_cms")

    provider = Provider.objects.get()
    link = f'<a class="rg-link" href="/admin/catalog/provider/{provider.pk}/review/">See what was changed</a>'
    assert messages(answer) == [f"Decap is saved as revision 1. It waits for approval. {link}"]
    revision = Revision.objects.get()
    assert revision.document == provider_document("decap", aliases=["providers/cms/netlify_cms"])
    assert Alias.objects.get().key == "providers/cms/decap"


def test_new_builder_is_made_with_its_config_schema(browsers: Browsers) -> None:
    fields = {"slug": "hugo", "display_name": "Hugo", "category": "static_site", "backend": "hugo@1"}
    schema = {"type": "object", "properties": {"minify": {"type": "boolean", "default": True}}}

    send(browsers["administrator"], f"{BUILDERS}add/", **fields, config_schema=json.dumps(schema), change_note="New")

    assert Revision.objects.get().document == builder_document("hugo", config_schema=schema)
    assert Builder.objects.get().key == "builders/hugo"


def test_stack_gets_its_providers_in_the_order_in_which_they_stand(browsers: Browsers) -> None:
    stack = save_one_of_each()["stack"]
    save("provider", provider_document("decap"))

    answer = send(
        browsers["editor"], page_of(stack), providers="decap, providers/cms/sanity", change_note="Decap first"
    )

    assert errors(answer) == {}
    revision = Stack.objects.get().latest_revision
    assert revision is not None
    assert (revision.number, revision.document["providers"]) == (2, {"cms": ["decap", "sanity"]})


@pytest.mark.parametrize(
    ("changes", "field"),
    spread(
        [
            ({"monthly_cost_min": "281"}, "monthly_cost_min"),
            ({"monthly_cost_max": "1000000001"}, "monthly_cost_max"),
            ({"currency": "usd"}, "currency"),
            ({"display_name": ""}, "display_name"),
            ({"display_name": "x" * 101}, "display_name"),
            ({"best_for": "a\x1bb"}, "best_for"),
            ({"description": "nul\0"}, "description"),
            ({"website_url": "http://sanity.io"}, "website_url"),
            ({"website_url": "javascript:alert(1)"}, "website_url"),
            ({"icon": "Not An Icon"}, "icon"),
            ({"complexity_level": "extreme"}, "complexity_level"),
            ({"key_features": "a, A"}, "key_features"),
            ({"key_features": "ä"}, "key_features"),
            ({"target_market": ",".join(f"t{number}" for number in range(65))}, "target_market"),
            ({"cms_type": ""}, "cms_type"),
            ({"aliases": "sanity"}, "aliases"),
            ({"aliases": "providers/dns/sanity"}, "aliases"),
            ({"config_schema": "{"}, "config_schema"),
            ({"config_schema": "[]"}, "config_schema"),
            ({"config_schema": "5"}, "config_schema"),
            ({"config_schema": '{"type": "text"}'}, "config_schema"),
            ({"config_schema": '{"$ref": "https://example.com"}'}, "config_schema"),
            ({"config_schema": '{"pattern": "("}'}, "config_schema"),
            ({"config_schema": "[" * 100_000}, "config_schema"),
            ({"config_schema": '{"default": ' + "9" * 5000 + "}"}, "config_schema"),
            ({"config_schema": NESTED}, "config_schema"),
            ({"config_schema": '{"default": NaN}'}, "config_schema"),
            ({"config_schema": '{"title": "\\ud800"}'}, "config_schema"),
            ({"config_schema": '{"title": "\\u0000"}'}, "config_schema"),
            ({"config_schema": '{"a": 1, "a": 2}'}, "config_schema"),
            ({"incompatible_builders": "nothing"}, "incompatible_builders"),
            ({"incompatible_builders": "\0" + "x," * 1000}, "incompatible_builders"),
            ({"incompatible_builders": ["9" * 30]}, "incompatible_builders"),
            ({"incompatible_builders": ["x"]}, "incompatible_builders"),
            ({"change_note": ""}, "change_note"),
            ({"change_note": "   "}, "change_note"),
            ({"change_note": "\0"}, "change_note"),
            ({"change_note": "x" * 501}, "change_note"),
            ({"change_note": "x" * 1_000_000}, "change_note"),
            ({"expected_revision": ""}, "expected_revision"),
            ({"expected_revision": "1; DROP TABLE"}, "expected_revision"),
        ],
        fast=8,
    ),
    ids=range(41),
)
def test_what_is_wrong_stands_at_its_field_and_writes_nothing(
    changes: dict[str, Any], field: str, browsers: Browsers
) -> None:
    save("provider", SANITY)
    before = written()

    answer = send(browsers["editor"], page_of(sanity()), **{"change_note": "Because", "display_name": "New", **changes})

    assert answer.status_code == 200
    assert field in errors(answer)
    assert written() == before


@pytest.mark.parametrize("text", ['{ "a":\n 1', '{"title": "\\ud800"}', '{"b": 1,   "a": 2, "type": 3}'])
def test_config_schema_that_is_wrong_stays_as_it_was_typed(text: str, browsers: Browsers) -> None:
    save("provider", SANITY)

    answer = send(browsers["editor"], page_of(sanity()), config_schema=text, change_note="Because")

    assert answer.context["adminform"].form["config_schema"].value() == text


@pytest.mark.parametrize(
    ("least", "most", "told"),
    [
        ("65", "", {"monthly_cost_max": ["Fill in both “from” and “to”, or leave both empty."]}),
        ("", "280", {"monthly_cost_min": ["Fill in both “from” and “to”, or leave both empty."]}),
        ("280", "65", {"monthly_cost_min": ["“From” (280) is more than “to” (65)."]}),
    ],
)
def test_range_needs_both_its_ends_in_order(
    least: str, most: str, told: dict[str, list[str]], browsers: Browsers
) -> None:
    save("provider", SANITY)
    costs = {"monthly_cost_min": least, "monthly_cost_max": most}

    answer = send(browsers["editor"], page_of(sanity()), **costs, change_note="Because")

    assert errors(answer) == told
    assert document_from_row(sanity()) == SANITY


@pytest.mark.parametrize(
    ("slug", "why"),
    [
        ("sanity", "There is an entry providers/cms/sanity already."),
        ("old", "providers/cms/old is an alias of providers/cms/sanity already and cannot be an entry of its own."),
    ],
)
def test_taken_key_is_refused_at_the_name(slug: str, why: str, browsers: Browsers) -> None:
    save("provider", {**SANITY, "aliases": ["providers/cms/old"]})
    before = written()

    answer = send(browsers["editor"], f"{PROVIDERS}add/", **{**NEW_PROVIDER, "slug": slug})

    assert errors(answer) == {"slug": [why]}
    assert written() == before


def test_alias_of_somebody_else_is_refused_and_nothing_is_written(browsers: Browsers) -> None:
    save("provider", {**SANITY, "aliases": ["providers/cms/old"]})
    save("provider", provider_document("decap"))
    before = written()
    page = page_of(Provider.objects.get(slug="decap"))

    answer = send(browsers["editor"], page, aliases="providers/cms/old", display_name="New", change_note="Because")

    assert errors(answer) == {"aliases": ["providers/cms/old is an alias of providers/cms/sanity already."]}
    assert answer.context["adminform"].form["display_name"].value() == "New"
    assert written() == before


@pytest.mark.parametrize(("field", "value"), [("slug", "other"), ("provider_type", "source"), ("key", "providers/x/y")])
def test_parts_of_the_key_stay_whatever_is_sent(field: str, value: str, browsers: Browsers) -> None:
    save("provider", SANITY)

    send(browsers["editor"], page_of(sanity()), **{field: value, "change_note": "Because"})

    assert Provider.objects.get().key == "providers/cms/sanity"


@pytest.mark.parametrize("page", [PROVIDERS, BUILDERS, STACKS])
def test_empty_new_form_is_refused_without_an_error_page(page: str, browsers: Browsers) -> None:
    answer = browsers["editor"].post(f"{page}add/", {})

    assert answer.status_code == 200
    assert {"slug", "display_name", "change_note"} - errors(answer).keys() == set()
    assert Revision.objects.count() == 0
