"""The inputs of a config on a page: what a browser sends back from them is the config that they were drawn from."""

from typing import Any

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.http import urlencode
from hypothesis import given, settings

from catalog.schemas.form_binding import bind_form, place_problems
from catalog.schemas.form_fields import describe_form
from catalog.schemas.form_names import same_json
from catalog.schemas.form_reading import read_form
from catalog.schemas.form_rows import edit_rows
from catalog.schemas.form_writing import write_form
from catalog.schemas.problems import Problem
from tests.catalog.admin.html import Page
from tests.catalog.schemas.form_strategies import forms

Fields = dict[str, list[str]]


def drawn(schema: Any, posted: Any, **options: Any) -> str:
    bound = bind_form(describe_form(schema), posted, prefix="s", **options)
    return f'<form method="post">{render_to_string("admin/catalog/config_whole.html", {"bound": bound})}</form>'


def sent(page: str) -> Fields:
    """As a browser sends the form, line breaks as two characters."""
    fields = Page(page).forms[0].fields
    lines = {
        name: [value.replace("\r\n", "\n").replace("\n", "\r\n") for value in values] for name, values in fields.items()
    }
    return dict(QueryDict(urlencode(lines, doseq=True)).lists())


@settings(deadline=None, max_examples=60)
@given(forms())
def test_config_comes_back_from_its_page(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    schema, config = pair
    form = describe_form(schema)

    reading = read_form(form, sent(drawn(schema, write_form(form, config, prefix="s"))), prefix="s")

    assert same_json(reading.config, config)
    assert (reading.errors, reading.secrets) == ({}, {})


@pytest.mark.parametrize(
    ("schema", "config"),
    [
        ({"additionalProperties": {"type": "array", "items": {"type": "string"}}}, {"it": {"k": ["a\nb"]}}),
        ({"additionalProperties": {"type": "integer"}}, {"it": {"k": "five"}}),
    ],
)
def test_row_whose_value_is_json_keeps_its_name(schema: Any, config: Any) -> None:
    whole = {"properties": {"it": {"type": "object", **schema}}}
    written = write_form(describe_form(whole), config, prefix="s")

    assert read_form(describe_form(whole), sent(drawn(whole, written)), prefix="s").config == config


@pytest.mark.parametrize(
    ("schema", "is_offered"),
    [
        ({"type": "string", "default": "x"}, True),
        ({"type": "string", "default": "x", "minLength": 1}, False),
        ({"type": "string", "default": "x", "pattern": "^x$"}, False),
        ({"type": "string"}, False),
        ({"type": "integer", "default": 3}, False),
        ({"enum": ["a"], "default": "a"}, False),
        ({"type": "array", "items": {"type": "string"}, "default": ["a"]}, True),
        ({"oneOf": [{}], "default": {"a": 1}}, False),
    ],
)
def test_emptiness_is_offered_where_it_is_another_value_than_the_default(schema: Any, is_offered: bool) -> None:
    assert ("without the default" in drawn({"properties": {"it": schema}}, {})) == is_offered


EVERYTHING = {
    "properties": {
        "count": {"type": "integer"},
        "box": {"oneOf": [{"type": "string"}, {"type": "object"}]},
        "names": {"type": "array", "items": {"type": "string"}},
        "files": {"type": "object", "additionalProperties": {"type": "string", "x-widget": "code"}},
        "when": {"type": "string", "format": "date"},
        "kind": {"enum": ["a", "b"]},
        "token": {"type": "object", "format": "secret"},
    }
}


def test_what_was_typed_comes_back_whatever_it_was() -> None:
    typed = {
        "s/count": ["five"], "s/box": ['{"a'], "s/names": ["one\r\n<b>"], "s/when": ["tomorrow"], "s/kind": ["gone"],
        "s/files~rows": ["0", "7"], "s/files/0~key": [""], "s/files/0": ["x"], "s/files/7~key": ["k"],
        "s/files/7": [""],
    }  # fmt: skip

    back = sent(drawn(EVERYTHING, typed))

    # Of a secret only comes back that there is a field for one.
    assert {name: values for name, values in back.items() if name not in ("s/token", "s/token~secret")} == typed


def test_message_stands_at_its_field_and_is_escaped() -> None:
    page = drawn(EVERYTHING, {"s/count": ["x"]}, errors={"s/count": ["No <number>"]})

    assert page.count("No &lt;number&gt;") == 1
    assert page.count('aria-invalid="true"') == 1


def test_value_of_a_secret_is_never_on_the_page() -> None:
    page = drawn(EVERYTHING, {"s/token": ["hush"], "s/token~kept": ["npm"]}, secrets=["npm", "other"])

    assert "hush" not in page
    assert Page(page).forms[0].choices["s/token~kept"] == ["", "npm", "other"]
    assert sent(page)["s/token~kept"] == ["npm"]


def test_problem_of_the_judge_is_placed_at_the_row_that_it_is_about() -> None:
    posted = {"s/files~rows": ["4"], "s/files/4~key": ["index.html"], "s/files/4": ["x"], "s/names": ["a\nb"]}
    reading = read_form(describe_form(EVERYTHING), posted, prefix="s")

    placed = place_problems(
        reading,
        [
            Problem("/files/index.html", "c", "Wrong."),
            Problem("/names/1", "c", "Bad."),
            Problem("/names", "c", "Many."),
            Problem("", "c", "All."),
            Problem("/strange", "c", "Unknown."),
        ],
    )

    assert placed == {
        "s/files/4": ["Wrong."],
        "s/names": ["Item 2: Bad.", "Many."],
        "s": ["All.", "strange: Unknown."],
    }


def test_pattern_is_told_by_its_examples() -> None:
    schema = {"properties": {"it": {"type": "string", "examples": ["owner/repo", "a/b"]}, "bare": {"type": "string"}}}
    reading = read_form(describe_form(schema), {}, prefix="s")

    placed = place_problems(reading, [Problem("/it", "pattern", "No ^a$."), Problem("/bare", "pattern", "No ^a$.")])

    assert placed == {
        "s/it": ["This is not written as it has to be. For instance: owner/repo; a/b"],
        "s/bare": ["No ^a$."],
    }


def test_row_is_added_and_taken_away_without_a_script() -> None:
    first = sent(drawn(EVERYTHING, {}))
    more = edit_rows({**first, "add-row": ["s/files"]}) or {}
    del more["add-row"]
    less = edit_rows({**more, "remove-row": ["s/files/0"]}) or {}

    assert sent(drawn(EVERYTHING, more))["s/files~rows"] == ["0", "1"]
    assert sent(drawn(EVERYTHING, less))["s/files~rows"] == ["1"]


@pytest.mark.parametrize("depth", [1, 4])
def test_lists_in_lists_stay_small(depth: int) -> None:
    schema: Any = {"type": "string", "x-widget": "code"}
    for _ in range(depth):
        schema = {"type": "array", "items": schema}

    assert len(drawn({"properties": {"deep": schema}}, {})) < 3_000 * (depth + 1)


def test_page_says_which_input_a_condition_is_about() -> None:
    schema = {
        "properties": {"kind": {"enum": ["a", "b"], "default": "b"}},
        "if": {"properties": {"kind": {"const": "a"}}},
        "then": {"properties": {"key": {"type": "string"}}},
    }

    page = drawn(schema, {})

    assert "[[&quot;s/kind&quot;, [&quot;a&quot;]]]" in page
    assert 'data-default="b"' in page
