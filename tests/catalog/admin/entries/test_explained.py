"""Every question of a form is explained beside it, and every group of questions begins with a sentence."""

from html import escape
from typing import Any

import pytest

from tests.catalog.admin.pages import Browsers, page_of, save_one_of_each

pytestmark = pytest.mark.django_db
KINDS = ("provider", "builder", "stack")
# Asked only after the gate of config schemas has refused a form; filled in by the page.
HIDDEN = {"breaking_schema_reason", "expected_revision"}


def in_one_line(text: str) -> str:
    return " ".join(text.split())


def unexplained(answer: Any) -> list[str]:
    """The names of fields without words on the page, and titles of groups without a sentence on it."""
    page, form = in_one_line(answer.content.decode()), answer.context["adminform"]
    found = []
    for group in form:
        shown = escape(str(group.description or ""))
        if group.name and (not shown or shown not in page):
            found.append(str(group.name))
        for line in group:
            for field in line:
                found += [] if field.is_readonly or field.field.is_hidden else _missing(field.field, page)
    return found


def _missing(bound: Any, page: str) -> list[str]:
    words = in_one_line(str(bound.help_text))
    is_there = bool(words) and f'id="{bound.auto_id}_helptext"' in page and escape(words, quote=False) in _plain(page)
    return [] if is_there and bound.label and bound.label in page else [bound.name]


def _plain(page: str) -> str:
    return page.replace("&quot;", '"').replace("&#x27;", "'")


def placed(answer: Any) -> set[str]:
    return {
        field.field.name
        for group in answer.context["adminform"]
        for line in group
        for field in line
        if not field.is_readonly
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_question_about_a_new_entry_is_explained(kind: str, browsers: Browsers) -> None:
    answer = browsers["administrator"].get(f"/admin/catalog/{kind}/add/")

    form = answer.context["adminform"].form
    assert unexplained(answer) == []
    assert placed(answer) == set(form.fields)
    assert {name for name in form.fields if form[name].is_hidden} == HIDDEN


@pytest.mark.parametrize("kind", KINDS)
def test_every_question_about_an_entry_is_explained(kind: str, browsers: Browsers) -> None:
    answer = browsers["administrator"].get(page_of(save_one_of_each()[kind]))

    assert unexplained(answer) == []
    assert {name for name in answer.context["adminform"].form.fields if name not in placed(answer)} == set()
