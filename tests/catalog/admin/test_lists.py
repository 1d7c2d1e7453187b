"""Lists: what they show, and that a longer one costs no more queries."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from catalog.admin.entries.states import badges_of
from tests.catalog.admin.pages import BUILDERS, PROVIDERS, PUBLISH, SNAPSHOTS, STACKS, Browsers, count_queries, page_of
from tests.factories import SANITY, builder_document, provider_document, publish, sanity, save, stack_document

pytestmark = pytest.mark.django_db


def add_provider(number: int) -> None:
    save("provider", provider_document(f"provider-{number}", monthly_cost_range=[1, 2]), a_person())


def add_builder(number: int) -> None:
    save("builder", builder_document(f"builder-{number}"), a_person())


def add_stack(number: int) -> None:
    add_provider(number)
    slugs = [f"provider-{at}" for at in range(number + 1)]
    save("stack", stack_document(f"stack-{number}", providers={"cms": slugs}), a_person())


def add_snapshot(number: int) -> None:
    add_provider(number)
    publish(by=a_person(), note=f"Note {number}")


def change_provider(number: int) -> None:
    save("provider", provider_document(f"provider-{number}"), a_person())
    publish()
    save("provider", provider_document(f"provider-{number}", icon="new"), a_person())
    if number:
        for before in range(number):
            save("provider", provider_document(f"provider-{before}", icon=f"new-{number}"), a_person())


def a_person() -> User:
    return User.objects.get(username="editor")


@pytest.mark.parametrize(
    ("page", "add"),
    [
        (PROVIDERS, add_provider),
        (BUILDERS, add_builder),
        (STACKS, add_stack),
        (SNAPSHOTS, add_snapshot),
        (PUBLISH, change_provider),
    ],
)
def test_list_costs_the_same_for_one_and_three_rows(page: str, add: Callable[[int], None], browsers: Browsers) -> None:
    client = browsers["administrator"]
    client.get(page)
    add(0)
    for_one = count_queries(client, page)
    add(1)
    add(2)

    assert count_queries(client, page) == for_one


def test_list_shows_cost_and_state(browsers: Browsers) -> None:
    save("provider", SANITY)
    states = []
    for step in (None, publish, lambda: save("provider", {**SANITY, "icon": "a"}, a_person(), approved=False)):
        if step:
            step()
        states.append([badge.text for badge in badges_of(sanity())])
    page = browsers["editor"].get(PROVIDERS).content.decode()

    assert states == [["Approved"], ["Live"], ["Behind", "Draft"]]
    assert "65 to 280 USD" in page


def test_form_of_somebody_who_may_only_look_has_nothing_to_send(browsers: Browsers) -> None:
    save("provider", SANITY)

    page = browsers["publisher"].get(page_of(sanity()))

    assert not page.context["has_change_permission"]
    assert 'name="display_name"' not in page.content.decode()
