"""The page that says where an entry is used."""

from collections.abc import Iterator
from typing import Any

import pytest

from catalog.models import Builder, Provider, Stack
from catalog.usage import Use, forget_users, register_users
from tests.catalog.admin.pages import Browsers, count_queries, page_of, save_one_of_each
from tests.factories import SANITY, builder_document, provider_document, sanity, save, stack_document

pytestmark = pytest.mark.django_db
ATTACK = "\"'><script>alert(1)</script>"


@pytest.fixture
def services() -> Iterator[list[Use]]:
    uses: list[Use] = []

    def find(key: str) -> list[Use]:
        return uses if key == "providers/cms/sanity" else []

    register_users(find)
    yield uses
    forget_users(find)


def sections(answer: Any) -> dict[str, list[str]]:
    return {title: [mention.key for mention in found.first] for title, _, found in answer.context["sections"]}


def test_provider_is_used_by_stacks_services_and_what_it_replaces(browsers: Browsers, services: list[Use]) -> None:
    save("provider", SANITY)
    lifecycle = {"state": "deprecated", "since": "2026-01-01", "reason": "Old", "replacement": "providers/cms/sanity"}
    save("provider", provider_document("decap", lifecycle=lifecycle))
    save("stack", stack_document(display_name=ATTACK, providers={"cms": ["sanity"]}))
    services.append(Use("service", f"Shop {ATTACK}", "/services/1/"))

    answer = browsers["publisher"].get(page_of(sanity(), "usage"))
    page = answer.content.decode()

    assert sections(answer) == {
        "Stacks that contain it": ["stacks/foundation/marketing"],
        "Entries that it replaces": ["providers/cms/decap"],
    }
    assert f'href="{page_of(Stack.objects.get())}"' in page
    assert f'href="{page_of(Provider.objects.get(slug="decap"))}"' in page
    assert 'href="/services/1/"' in page
    assert "<script>alert(1)" not in page


def test_builder_is_used_by_stacks_and_excluded_by_providers(browsers: Browsers) -> None:
    save("builder", builder_document("hugo"))
    save("provider", {**SANITY, "incompatible_builders": ["hugo"]})
    save("stack", stack_document(builder="hugo"))

    answer = browsers["publisher"].get(page_of(Builder.objects.get(), "usage"))

    assert sections(answer) == {
        "Stacks that contain it": ["stacks/foundation/marketing"],
        "Providers that must not be built with it": ["providers/cms/sanity"],
        "Entries that it replaces": [],
    }
    assert "No service uses it." in answer.content.decode()


@pytest.mark.parametrize("kind", ["provider", "builder", "stack"])
def test_page_is_for_everybody_who_may_look(kind: str, browsers: Browsers) -> None:
    address = page_of(save_one_of_each()[kind], "usage")

    assert {name: client.get(address).status_code for name, client in browsers.items()} == {
        "anonymous": 302,
        "editor": 200,
        "publisher": 200,
        "administrator": 200,
    }


def test_long_lists_are_cut_and_cost_the_same(
    browsers: Browsers, services: list[Use], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.admin.entries.usage.SHOWN", 2)
    save("provider", SANITY)
    counts = []
    for number in range(3):
        save("stack", stack_document(f"stack-{number}", providers={"cms": ["sanity"]}))
        services.append(Use("service", f"Service {number}", f"/services/{number}/"))
        counts.append(count_queries(browsers["publisher"], page_of(sanity(), "usage")))

    assert len(set(counts)) == 1
    answer = browsers["publisher"].get(page_of(sanity(), "usage"))
    assert answer.content.decode().count("The first 2 of 3.") == 2
