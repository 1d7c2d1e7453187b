"""Tags as people type them, and the list of them in the order that people gave."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from catalog.models.fields import TagListFormField, clean_tags, normalise_tag


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("structured_content", "structured_content"),
        ("Real-Time APIs", "real_time_apis"),
        ("  GROQ  querying ", "groq_querying"),
        ("CI/CD", "ci_cd"),
        ("A & B", "a_b"),
        ("Ｗｉｄｅ", "wide"),  # noqa: RUF001 - full-width letters are the case
        ("__a__", "a"),
    ],
)
def test_tag_is_normalised(typed: str, tag: str) -> None:
    assert normalise_tag(typed) == tag


@pytest.mark.parametrize("value", [None, "a", {"a": 1}, [1], [None], ["é"], ["a", "A"], [""], ["<script>"], ["a\0"]])
def test_list_refuses_what_is_no_list_of_distinct_tags(value: Any) -> None:
    with pytest.raises(ValidationError):
        clean_tags(value)


@pytest.mark.parametrize(
    ("typed", "tags"),
    [
        ("b, a", ["b", "a"]),
        ("One thing,\nAnother", ["one_thing", "another"]),
        (" , ,", []),
        ("", []),
        (None, []),
    ],
)
def test_form_field_keeps_the_order_that_was_typed(typed: str | None, tags: list[str]) -> None:
    assert TagListFormField(required=False).clean(typed) == tags


@pytest.mark.parametrize(
    ("typed", "changed"), [("a, b", False), ("A,  B", False), ("b, a", True), ("a", True), ("<>", True)]
)
def test_form_field_tells_whether_something_changed(typed: str, changed: bool) -> None:
    assert TagListFormField(required=False).has_changed(["a", "b"], typed) == changed
