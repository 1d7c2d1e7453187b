"""What was typed into one form when another takes its place."""

from typing import Any

from catalog.schemas.form_fields import FormField, describe_form
from catalog.schemas.form_moving import Left, Moved, left_over, move, put_aside, take_back

TEXT = {"type": "string"}


def form(**properties: Any) -> FormField:
    return describe_form({"type": "object", "properties": properties})


ROWS = {"type": "array", "items": {"type": "object", "properties": {"from": TEXT, "to": TEXT}}}
FORM = form(
    branch=TEXT,
    files={"type": "object", "additionalProperties": TEXT},
    redirects=ROWS,
    deep={"type": "object", "properties": {"a/b": TEXT}},
    drafts={"type": "boolean", "default": False},
    token={"type": "object", "format": "secret"},
)
POSTED = {
    "source/branch": ["main"], "source/files~rows": ["0"], "source/files/0~key": ["index.html"],
    "source/files/0": ["<h1>"], "source/redirects~rows": ["0"], "source/redirects/0/from": ["/old"],
    "source/deep/a~1b": ["deep"], "source/drafts": ["false", "true"], "source/token": ["hush"],
    "source/token~kept": [""], "source~rest": [""], "build/branch": ["other"], "change_note": ["why"],
}  # fmt: skip


def test_nothing_is_left_over_of_a_form_that_is_as_it_was() -> None:
    assert list(left_over(FORM, POSTED, prefix="source")) == []


def test_what_is_not_asked_for_any_more_is_left_over() -> None:
    after = form(
        files=TEXT,
        redirects={"type": "array", "items": {"type": "object", "properties": {"to": TEXT}}},
        token={"type": "object", "format": "secret"},
    )

    assert list(left_over(after, POSTED, prefix="source")) == [
        Left("branch", "main"), Left("files / 0", "index.html"), Left("files / 0", "<h1>"),
        Left("redirects / 0 / from", "/old"), Left("deep / a/b", "deep"), Left("drafts", "true"),
    ]  # fmt: skip


def test_text_for_what_became_a_map_is_left_over() -> None:
    assert list(left_over(FORM, {"source/files": ["one"]}, prefix="source")) == [Left("files", "one")]


def test_empty_inputs_are_nothing() -> None:
    posted = {"source/gone": [" "], "source/off": ["false"], "source/rows~rows": ["0"], "source/x~kept": ["key"]}

    assert list(left_over(form(), posted, prefix="source")) == []


def test_what_both_forms_ask_for_comes_along() -> None:
    after = form(branch={**TEXT, "title": "Branch or tag"}, files=TEXT, branches=TEXT)
    posted = {
        "source/branch": ["main"],
        "source/files~rows": ["0"],
        "source/files/0": ["x"],
        "source/drafts": ["false"],
    }

    assert move(FORM, after, posted, prefix="source") == Moved(
        {"source/branch": ["main"]}, ["Branch or tag"], ["Files"]
    )


def test_lists_of_other_things_stay_behind() -> None:
    words, numbers = form(a={"type": "array", "items": TEXT}), form(a={"type": "array", "items": {"type": "integer"}})

    assert move(words, numbers, {"s/a": ["1"]}, prefix="s").left == ["A"]


def test_what_is_put_aside_comes_back_but_for_secrets() -> None:
    back = take_back(put_aside(FORM, POSTED, prefix="source"), prefix="source")

    assert "hush" not in str(back)
    expected = {name: values for name, values in POSTED.items() if name.startswith(("source/", "source~"))}
    del expected["source/token"]
    assert back == {**expected, "source/token~again": ["on"]}


def test_nothing_comes_back_of_what_is_no_such_text() -> None:
    texts = ["", "x", "[1]", '{"source/a": "b"}', '{"source/a": [1]}', '{"name": ["Taken"]}']

    assert [take_back(text, prefix="source") for text in texts] == [{}, {}, {}, {}, {}, {}]


def test_secret_of_a_form_that_is_gone_stays_secret() -> None:
    posted = {"source/token": ["hush"], "source/token~secret": ["on"]}

    assert list(left_over(form(), posted, prefix="source")) == [Left("token", "")]
    assert "hush" not in put_aside(form(), posted, prefix="source")
