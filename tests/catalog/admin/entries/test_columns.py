"""The page on which a person chooses the columns of a list, and what the list then shows."""

from typing import Any

import pytest
from django.test import Client

from catalog.admin.entries.columns import COLUMNS, DEFAULTS
from catalog.models import ListColumns
from tests.cases import spread
from tests.catalog.admin.pages import Browsers, messages, save_one_of_each

pytestmark = pytest.mark.django_db
KINDS = ("provider", "builder", "stack")


def page(kind: str) -> str:
    return f"/admin/catalog/{kind}/columns/"


def shown(client: Client, kind: str, query: str = "") -> tuple[str, ...]:
    columns: tuple[str, ...] = tuple(client.get(f"/admin/catalog/{kind}/{query}").context["cl"].list_display)
    names = tuple(name for name in columns if name != "action_checkbox")
    return tuple("display_name" if name == "shown_name" else name for name in names)


def choose(client: Client, kind: str, *names: str, **more: Any) -> Any:
    places = {f"position-{name}": str(at) for at, name in enumerate(names, 1)}
    return client.post(page(kind), {"show": list(names), **places, **more}, follow=True)


@pytest.mark.parametrize("kind", KINDS)
def test_list_starts_with_its_usual_columns(kind: str, browsers: Browsers) -> None:
    assert shown(browsers["editor"], kind) == DEFAULTS[kind]


@pytest.mark.parametrize("kind", spread(KINDS, fast=1))
def test_every_column_can_be_shown_and_sorted_in_both_directions(kind: str, browsers: Browsers) -> None:
    save_one_of_each()
    names = tuple(COLUMNS[kind])

    choose(browsers["editor"], kind, *names)

    assert shown(browsers["editor"], kind) == names
    for at in range(len(names) + 1):
        assert shown(browsers["editor"], kind, f"?o={at}") == shown(browsers["editor"], kind, f"?o=-{at}") == names


def test_columns_stand_in_the_order_that_was_chosen_for_this_person_only(browsers: Browsers) -> None:
    answer = choose(browsers["editor"], "provider", "state", "display_name", "key")

    assert messages(answer) == ["The list shows the columns that you chose."]
    assert shown(browsers["editor"], "provider") == ("state", "display_name", "key")
    assert shown(browsers["publisher"], "provider") == DEFAULTS["provider"]
    assert [choice.name for choice in browsers["editor"].get(page("provider")).context["choices"]][:4] == [
        "state", "display_name", "key", "provider_type",
    ]  # fmt: skip


def test_name_cannot_be_left_out_and_unknown_columns_are_passed_over(browsers: Browsers) -> None:
    choose(browsers["editor"], "builder", "state", "nothing", "__class__", "delete", "<script>")

    assert shown(browsers["editor"], "builder") == ("display_name", "state")


def test_back_to_default_forgets_the_choice(browsers: Browsers) -> None:
    choose(browsers["editor"], "stack", "state")

    answer = choose(browsers["editor"], "stack", reset="yes")

    assert messages(answer) == ["The list shows its usual columns again."]
    assert shown(browsers["editor"], "stack") == DEFAULTS["stack"]
    assert ListColumns.objects.count() == 0


def test_column_that_is_gone_since_is_left_out(browsers: Browsers) -> None:
    choose(browsers["editor"], "provider", "key", "state")
    ListColumns.objects.update(columns=["gone", "state", 5, None])

    assert shown(browsers["editor"], "provider") == ("display_name", "state")


@pytest.mark.parametrize("place", ["", "-1", "x", "9" * 5000, "٣", "1.5"])
def test_place_that_is_no_number_is_no_error(place: str, browsers: Browsers) -> None:
    answer = choose(browsers["editor"], "provider", "state", **{"position-state": place})

    assert answer.status_code == 200
    assert set(shown(browsers["editor"], "provider")) == {"display_name", "state"}


def test_page_is_for_who_may_look_at_the_list(browsers: Browsers) -> None:
    assert browsers["editor"].get("/admin/catalog/nothing/columns/").status_code == 404
    assert browsers["anonymous"].get(page("provider")).status_code == 302
