"""What people fill in, as a config: what they leave out, what cannot be read, what depends on something else."""

from collections.abc import Mapping
from typing import Any

import pytest

from catalog.schemas.form_fields import FormField, describe_form
from catalog.schemas.form_names import MAX_ROWS
from catalog.schemas.form_reading import Reading, read_form
from catalog.schemas.form_rows import edit_rows
from catalog.schemas.secret_names import secret_name

STRINGS = {"type": "array", "items": {"type": "string"}}
MAP = {"type": "object", "additionalProperties": {"type": "string"}}
NUMBERS = {"type": "object", "additionalProperties": {"type": "integer"}}
GROUPS = {"type": "array", "items": {"properties": {"x": {"type": "string"}, "y": {"const": 1}}, "required": ["y"]}}
NO_WHOLE = "This is no whole number. Give digits only, such as 5."
NO_NUMBER = "This is no number. Give digits, with a point before decimals, such as 1.5."


def form(schema: Any, **keywords: Any) -> FormField:
    return describe_form({"type": "object", "properties": {"it": schema}, **keywords})


def read(schema: Any, posted: Mapping[str, str | list[str]], **keywords: Any) -> Reading:
    lists = {name: [value] if isinstance(value, str) else value for name, value in posted.items()}
    return read_form(form(schema, **keywords), lists)


@pytest.mark.parametrize(
    ("schema", "posted", "config"),
    [
        ({"type": "string"}, {"/it": " x "}, {"it": "x"}),
        ({"type": "string"}, {"/it": "  "}, {}),
        ({"type": "string", "default": "d"}, {"/it": ""}, {}),
        ({"type": "string", "default": "d"}, {"/it": "", "/it~empty": "on"}, {"it": ""}),
        ({"type": "string", "x-widget": "code"}, {"/it": " a\r\nb\r\n"}, {"it": " a\nb\n"}),
        ({"type": "integer"}, {"/it": " 7 "}, {"it": 7}),
        ({"type": "number"}, {"/it": "-1.5e2"}, {"it": -150.0}),
        ({"type": "boolean"}, {"/it": ""}, {}),
        ({"type": "boolean"}, {"/it": "false"}, {"it": False}),
        ({"type": "boolean", "default": True}, {"/it": ["false", "true"]}, {}),
        ({"type": "boolean", "default": True}, {"/it": ["false"]}, {"it": False}),
        ({"type": "boolean", "default": True}, {"/it": ["false", "true"], "/it~explicit": "on"}, {"it": True}),
        ({"type": "boolean", "default": True}, {}, {}),
        ({"enum": ["a", 1, "1"]}, {"/it": "1"}, {"it": 1}),
        ({"enum": ["a", 1, "1"]}, {"/it": '"1"'}, {"it": "1"}),
        ({"enum": ["a"]}, {"/it": ""}, {}),
        ({"const": 5}, {"/it": ""}, {}),
        (STRINGS, {"/it": " a \r\n\r\nb"}, {"it": ["a", "b"]}),
        (STRINGS, {"/it": ""}, {}),
        (MAP, {"/it~rows": ["0", "4"], "/it/0~key": "k", "/it/0": "v", "/it/4~key": ""}, {"it": {"k": "v"}}),
        (MAP, {"/it~rows": ["0"], "/it/0~key": "k", "/it/0": ""}, {"it": {"k": ""}}),
        (MAP, {"/it~rows": ["x", "-1", "0"], "/it/0~key": "k", "/it/0": "v"}, {"it": {"k": "v"}}),
        (GROUPS, {"/it~rows": ["3", "1"], "/it/1/x": "one", "/it/3/x": ""}, {"it": [{"y": 1, "x": "one"}]}),
        ({"properties": {"x": {"type": "string"}}}, {"/it/x": ""}, {}),
        ({"properties": {"x": {"type": "string"}}}, {"/it~rest": '{"z": 1, "x": 2}'}, {"it": {"z": 1}}),
        ({"oneOf": [{"type": "string"}]}, {"/it": '{"a": [1]}'}, {"it": {"a": [1]}}),
        ({"type": "string"}, {"/it~json": "[1]"}, {"it": [1]}),
    ],
)  # fmt: skip
def test_what_was_filled_in_is_the_config(schema: Any, posted: Any, config: Any) -> None:
    reading = read(schema, posted)

    assert (reading.config, reading.errors) == (config, {})


@pytest.mark.parametrize(
    ("schema", "config"),
    [
        ({"const": 5}, {"it": 5}),
        (STRINGS, {"it": []}),
        (MAP, {"it": {}}),
        ({"properties": {"x": {"type": "string"}}}, {"it": {}}),
        ({"type": "string"}, {}),
    ],
)
def test_what_is_required_is_there_if_emptiness_is_a_value(schema: Any, config: Any) -> None:
    assert read(schema, {}, required=["it"]).config == config


@pytest.mark.parametrize(
    ("schema", "posted", "errors"),
    [
        ({"type": "integer"}, {"/it": "five"}, {"/it": [NO_WHOLE]}),
        ({"type": "number"}, {"/it": "1,5"}, {"/it": [NO_NUMBER]}),
        ({"type": "number"}, {"/it": "1e999"}, {"/it": [NO_NUMBER]}),
        ({"type": "number"}, {"/it": "NaN"}, {"/it": [NO_NUMBER]}),
        ({"type": "integer"}, {"/it": "9" * 9999}, {"/it": [NO_WHOLE]}),
        ({"type": "array", "items": {"type": "integer"}}, {"/it": "1\nx\n3"}, {"/it": [f"Line 2: {NO_WHOLE}"]}),
        ({"oneOf": [{}]}, {"/it": '{"a"'}, {"/it": ["This is no JSON. Line 1, column 5: a colon is missing."]}),
        (MAP, {"/it~rows": ["0"], "/it/0": "v"}, {"/it/0~key": ["Give it a name."]}),
        (MAP, {"/it~rows": ["0", "1"], "/it/0~key": "k", "/it/1~key": "k"},
         {"/it/1~key": ["The name k stands here twice."]}),
        (NUMBERS, {"/it~rows": ["0"], "/it/0~key": "k"}, {"/it/0": ["Give it a value."]}),
        (NUMBERS, {"/it~rows": ["0"], "/it/0~key": "k", "/it/0": "x"}, {"/it/0": [NO_WHOLE]}),
        ({"properties": {"x": {"type": "string"}}}, {"/it~rest": "[1]"},
         {"/it~rest": ["This is an object: it starts with { and ends with }."]}),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_at_its_input(schema: Any, posted: Any, errors: Any) -> None:
    assert read(schema, posted).errors == errors


BRANCHES = {
    "if": {"properties": {"it": {"const": "key"}}},
    "then": {"properties": {"token": {"type": "string", "title": "Key"}}},
    "else": {"properties": {"token": {"type": "integer", "title": "Number"}}},
}


@pytest.mark.parametrize(
    ("chosen", "config"),
    [("key", {"it": "key", "token": "abc"}), ("other", {"it": "other", "token": 5})],
)
def test_hidden_field_is_not_sent(chosen: str, config: Any) -> None:
    posted = {"/it": chosen, "/token": "abc", "/token~2": "5"}

    assert read({"enum": ["key", "other"]}, posted, **BRANCHES).config == config


def test_condition_is_judged_by_the_default_of_what_is_not_filled_in() -> None:
    posted = {"/it": "", "/token": "abc", "/token~2": "5"}

    assert read({"enum": ["key", "other"], "default": "other"}, posted, **BRANCHES).config == {"token": 5}


SECRET = {"type": "object", "format": "secret"}


@pytest.mark.parametrize(
    ("posted", "config", "secrets"),
    [
        ({}, {}, {}),
        ({"/it~kept": "npm"}, {"it": {"$secret": "npm"}}, {}),
        ({"/it~kept": "npm", "/it": "new"}, {"it": {"$secret": "npm"}}, {"npm": "new"}),
        ({"/it~kept": "", "/it": "new"}, {"it": {"$secret": "it"}}, {"it": "new"}),
    ],
)
def test_secret_is_kept_or_set_and_never_in_the_config(posted: Any, config: Any, secrets: Any) -> None:
    reading = read(SECRET, posted)

    assert (reading.config, reading.secrets) == (config, secrets)


def test_value_that_did_not_come_back_is_asked_for_once_more() -> None:
    reading = read(SECRET, {"/it~kept": "npm", "/it~again": "on"})

    message = "Type the value once more; or leave it empty now to do without the new value."
    assert (reading.config, reading.errors) == ({}, {"/it": [message]})


def test_two_values_for_one_secret_are_two_secrets() -> None:
    rows = {"/it~rows": ["0", "1"], "/it/0~key": "A", "/it/1~key": "B", "/it/0": "one", "/it/1": "two"}
    posted: Any = {**rows, "/it/0~kept": "npm", "/it/1~kept": "npm"}

    reading = read({"type": "object", "additionalProperties": SECRET}, posted)

    assert reading.config == {"it": {"A": {"$secret": "npm"}, "B": {"$secret": "npm-2"}}}
    assert reading.secrets == {"npm": "one", "npm-2": "two"}


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("source", "accessToken"), "source-access-token"),
        (("build", "env", "API_KEY"), "build-env-api-key"),
        (("", "5ü"), "secret-5"),
        (("a" * 99,), "a" * 63),
    ],
)
def test_secret_is_called_after_its_field(parts: Any, name: str) -> None:
    assert secret_name(parts) == name


def test_button_adds_a_row_to_those_that_are_there() -> None:
    posted = {"add-row": ["/it"], "/it~rows": ["0", "5"], "/it/5": ["x"]}

    assert (edit_rows(posted) or {})["/it~rows"] == ["0", "5", "6"]
    assert (edit_rows({"add-row": ["/it"]}) or {})["/it~rows"] == ["0", "1"]


def test_button_removes_a_row_and_what_is_in_it() -> None:
    posted = {"remove-row": ["/it/1"], "/it~rows": ["1", "11"], "/it/1": ["x"], "/it/1~key": ["k"], "/it/1/a": ["y"],
              "/it/11": ["z"]}  # fmt: skip

    left = edit_rows(posted)

    assert left == {"remove-row": ["/it/1"], "/it~rows": ["11"], "/it/11": ["z"]}


def test_other_buttons_edit_no_rows() -> None:
    assert edit_rows({"/it~rows": ["0"]}) is None


def test_rows_without_end_are_cut() -> None:
    posted: Any = {
        "/it~rows": [str(number) for number in range(9_000)],
        **{f"/it/{row}/x": "1" for row in range(9_000)},
    }

    assert len(read(GROUPS, posted).config["it"]) == MAX_ROWS
