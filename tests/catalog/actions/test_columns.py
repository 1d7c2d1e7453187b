"""A person's choice of columns: kept for each list, and forgotten."""

import pytest
from django.contrib.auth.models import User

from catalog.actions.columns import MAX_COLUMNS, choose_columns, forget_columns
from catalog.actions.errors import RefusedError
from catalog.models import ListColumns

pytestmark = pytest.mark.django_db


def kept() -> list[tuple[str, str, list[str]]]:
    rows = ListColumns.objects.order_by("person__username", "kind")
    return [(row.person.username, row.kind, row.columns) for row in rows.select_related("person")]


def test_choice_is_kept_for_each_person_and_list(editor: User, publisher: User) -> None:
    choose_columns("provider", columns=["a", "b"], by=editor)
    choose_columns("stack", columns=["c"], by=editor)
    choose_columns("provider", columns=["d"], by=publisher)
    choose_columns("provider", columns=["b", "a"], by=editor)

    assert kept() == [("editor", "provider", ["b", "a"]), ("editor", "stack", ["c"]), ("publisher", "provider", ["d"])]


def test_forgetting_concerns_one_list_of_one_person(editor: User, publisher: User) -> None:
    for person in (editor, publisher):
        choose_columns("provider", columns=["a"], by=person)
    choose_columns("stack", columns=["a"], by=editor)

    forget_columns("provider", by=editor)
    forget_columns("provider", by=editor)

    assert kept() == [("editor", "stack", ["a"]), ("publisher", "provider", ["a"])]


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ([], "Choose at least one column."),
        (["a", "b", "a"], "A column can be shown once only."),
        ([str(number) for number in range(MAX_COLUMNS + 1)], "These are no columns of the list."),
        (["x" * 65], "These are no columns of the list."),
        ([""], "These are no columns of the list."),
    ],
)
def test_choice_that_makes_no_sense_is_refused(columns: list[str], why: str, editor: User) -> None:
    with pytest.raises(RefusedError) as refused:
        choose_columns("provider", columns=columns, by=editor)

    assert (str(refused.value), kept()) == (why, [])
