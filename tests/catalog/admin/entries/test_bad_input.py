"""The worst that people type into the form of an entry: a message at the field, never an error page."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.models import Provider, Revision, Stack
from tests.cases import spread
from tests.catalog.admin.pages import (
    PROVIDERS,
    STACKS,
    Browsers,
    count_queries,
    errors,
    fill_in,
    messages,
    page_of,
    save_one_of_each,
    send,
)
from tests.factories import SANITY, provider_document, publish, sanity, save, stack_document

pytestmark = pytest.mark.django_db
ATTACK = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
NAMES = [
    "مرحبا بالعالم",
    "👩‍👩‍👧‍👦 🛒",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚",
    "<script>alert(1)</script>",
    'O\'Brien & "Söhne"',
    "{{ 7*7 }}",
    "=cmd()",
]
# One field of each sort.
WIDE = (
    "display_name", "description", "key_features", "aliases", "config_schema", "change_note", "slug", "website_url",
    "monthly_cost_min", "complexity_level", "incompatible_builders", "expected_revision",
)  # fmt: skip
NEW_STACK = {"slug": "new", "category": "foundation", "display_name": "New", "change_note": "New"}


def editor() -> User:
    return User.objects.get(username="editor")


def texts(fields: dict[str, Any]) -> list[str]:
    return [name for name in fields if name not in ("expected_revision", "provider_type", "config_schema")]


@pytest.mark.parametrize("kind", ["provider", "builder", "stack"])
def test_attack_in_every_field_comes_back_escaped_and_writes_nothing(kind: str, browsers: Browsers) -> None:
    page = page_of(save_one_of_each()[kind])
    client = browsers["administrator"]
    fields = fill_in(client, page)

    answer = client.post(page, {**fields, **dict.fromkeys(texts(fields), ATTACK), "config_schema": ATTACK})

    content = answer.content.decode()
    assert answer.status_code == 200
    assert "<script>alert(1)" not in content
    assert "<img src=x" not in content
    assert "&lt;script&gt;alert(1)" in content
    assert Revision.objects.count() == 3


@pytest.mark.parametrize(
    "value", spread(["\0", "\x1b[31m", "x" * 1_000_000, "\ud800", "\u2028", ",", "\r\n" * 5000], fast=2)
)
def test_no_text_in_any_field_is_an_error_page(value: str, browsers: Browsers) -> None:
    save("provider", SANITY)
    client = browsers["administrator"]
    fields = fill_in(client, page_of(sanity()))
    value = value.encode("utf-8", "replace").decode()

    statuses = {
        name: client.post(page_of(sanity()), {**fields, "change_note": "Try", name: value}).status_code for name in WIDE
    }

    assert {name: status for name, status in statuses.items() if status not in (200, 302)} == {}


@pytest.mark.parametrize("name", spread(NAMES, fast=3), ids=range(len(NAMES)))
def test_name_in_any_script_is_saved_and_shown(name: str, browsers: Browsers) -> None:
    save("provider", SANITY)

    answer = send(browsers["editor"], page_of(sanity()), display_name=name, change_note=name)

    assert errors(answer) == {}
    assert sanity().display_name == name
    revision = sanity().latest_revision
    assert revision is not None
    pages = [browsers["editor"].get(page) for page in (PROVIDERS, page_of(sanity()), page_of(sanity(), "review"))]
    assert [page.status_code for page in pages] == [200, 200, 200]
    assert ["<script>alert(1)" in page.content.decode() for page in pages] == [False] * 3


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"key_features": "a, b, A"}, {"key_features": ["'a' is there twice."]}),
        ({"currency": "EURO"}, {"currency"}),
        ({"currency": "€"}, {"currency"}),
        ({"monthly_cost_min": "1.5"}, {"monthly_cost_min"}),
        ({"monthly_cost_min": "9" * 400}, {"monthly_cost_min"}),
        ({"monthly_cost_min": "5", "monthly_cost_max": "4", "icon": "A"}, {"monthly_cost_min", "icon"}),
        ({"incompatible_builders": "hugo, builders/hugo"}, {"incompatible_builders": ["Hugo is there twice."]}),
        ({"incompatible_builders": "nope"}, {"incompatible_builders": ["There is no builder “nope”."]}),
        ({"incompatible_builders": "providers/cms/sanity"}, {"incompatible_builders"}),
    ],
    ids=range(9),
)
def test_contradictions_are_told_at_their_fields(changes: dict[str, str], told: Any, browsers: Browsers) -> None:
    save_one_of_each()

    answer = send(browsers["editor"], page_of(sanity()), **changes, change_note="Try")

    assert errors(answer) == told if isinstance(told, dict) else errors(answer).keys() == told
    links = answer.content.decode().count('class="rg-link rg-link--inherit"')
    assert links == len(told)


@pytest.mark.parametrize(
    ("providers", "told"),
    [
        ("", None),
        ("sanity", None),
        ("providers/cms/sanity, sanity", ["Sanity CMS is there twice."]),
        ("nothing", ["There is no provider “nothing”."]),
        ("builders/hugo", ["There is no provider “builders/hugo”."]),
        ("x, " * 300, ["These are 300; 200 are allowed."]),
        ("\0", ["Null characters are not allowed."]),
    ],
)
def test_providers_of_a_stack_are_found_by_name_or_key(
    providers: str, told: list[str] | None, browsers: Browsers
) -> None:
    save_one_of_each()

    answer = send(browsers["editor"], f"{STACKS}add/", **NEW_STACK, providers=providers)

    assert errors(answer) == ({"providers": told} if told else {})
    assert Stack.objects.filter(slug="new").exists() == (told is None)


def test_name_that_two_entries_have_is_asked_for_as_a_key(browsers: Browsers) -> None:
    save("provider", SANITY)
    same = {**SANITY, "provider_type": "ssg", "implementation_language": "go"}
    del same["cms_type"]
    save("provider", same)

    answer = send(browsers["editor"], f"{STACKS}add/", **NEW_STACK, providers="sanity")

    assert errors(answer) == {
        "providers": ["“sanity” can be providers/cms/sanity or providers/ssg/sanity: write one of these."]
    }


def test_removed_provider_stays_where_it_is_and_is_not_added(browsers: Browsers) -> None:
    save("provider", SANITY)
    save("stack", stack_document("old", providers={"cms": ["sanity"]}))
    Provider.objects.update(lifecycle_state="removed", lifecycle_since="2026-01-01", lifecycle_reason="Gone")

    kept = send(browsers["editor"], page_of(Stack.objects.get()), icon="kept", change_note="Try")
    added = send(browsers["editor"], f"{STACKS}add/", **NEW_STACK, providers="sanity")

    assert errors(kept) == {}
    assert errors(added) == {"providers": ["Sanity CMS is removed and cannot be added."]}


def test_saving_says_what_happens_next_and_where_it_is_live(browsers: Browsers) -> None:
    save("provider", SANITY)
    before = browsers["editor"].get(page_of(sanity())).content.decode()
    publish()
    live = browsers["editor"].get(page_of(sanity())).content.decode()

    told = [
        messages(send(browsers[name], page_of(sanity()), icon=name, change_note="Try"))
        for name in ("editor", "administrator")
    ]

    review = page_of(sanity(), "review")
    start = "Sanity CMS is saved as revision {}. It waits for approval. "
    assert told == [
        [start.format(2) + f'<a class="rg-link" href="{review}">See what was changed</a>'],
        [start.format(3) + f'<a class="rg-link" href="{review}">Review and approve it</a>'],
    ]
    address = 'href="https://registry.test/providers/cms/sanity.json"'
    assert (address in before, address in live) == (False, True)
    assert "Revision 3" in browsers["editor"].get(page_of(sanity())).content.decode()


def test_form_costs_the_same_for_more_of_everything(browsers: Browsers) -> None:
    stack = save_one_of_each()["stack"]
    page = page_of(stack)
    browsers["editor"].get(page)
    for_one = count_queries(browsers["editor"], page)
    slugs = ["sanity", "b", "c"]
    for slug in slugs[1:]:
        save("provider", provider_document(slug, category=slug, icon=slug, hosting_pattern=slug))
    save("stack", stack_document("marketing", providers={"cms": slugs}, builder="hugo"), editor())

    assert count_queries(browsers["editor"], page) == for_one


def test_json_that_a_browser_sends_is_never_lost(browsers: Browsers) -> None:
    save("provider", SANITY)
    text = json.dumps({"title": "x"})[:-1]

    answer = send(browsers["administrator"], page_of(sanity()), config_schema=text, icon="A A", change_note="Try")

    assert errors(answer).keys() == {"config_schema", "icon"}
    assert answer.context["adminform"].form["config_schema"].value() == text
