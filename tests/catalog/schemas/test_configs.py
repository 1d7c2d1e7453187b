"""The judge of configs: everything at once, at the right place, and soon, whatever the schema and the config are."""

import socket
from itertools import pairwise
from time import process_time
from typing import Any

import pytest

from catalog.schemas.configs import MAX_DEPTH, MAX_NODES, Judgement, judge_config
from catalog.schemas.problems import Problem

SECRET = {
    "type": "object",
    "format": "secret",
    "properties": {"$secret": {"type": "string"}},
    "required": ["$secret"],
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "repository": {"type": "string", "pattern": "^[a-z]+/[a-z]+$"},
        "branch": {"type": "string", "not": {"pattern": r"\.\."}},
        "old": {"type": "string", "deprecated": True},
        "token": SECRET,
        "mirrors": {"type": "array", "items": {"$ref": "#/$defs/mirror"}},
    },
    "required": ["repository"],
    "additionalProperties": False,
    "$defs": {"mirror": {"type": "object", "properties": {"token": SECRET, "url": {"format": "uri"}}}},
}


def found(problems: tuple[Problem, ...]) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in problems]


def bomb(levels: int) -> dict[str, Any]:
    """A schema whose references double at each level."""
    names = [f"a{level}" for level in range(levels)]
    defs: dict[str, Any] = {
        name: {"allOf": [{"$ref": f"#/$defs/{following}"}, {"$ref": f"#/$defs/{following}"}]}
        for name, following in pairwise(names)
    }
    return {"$ref": "#/$defs/a0", "$defs": {**defs, names[-1]: {"type": "object"}}}


def test_right_config_has_no_problems() -> None:
    config = {"repository": "owner/repo", "token": {"$secret": "t"}, "mirrors": [{"url": "https://example.com/"}]}

    assert judge_config(SCHEMA, config) == Judgement()
    assert judge_config({}, {"anything": [None, 1.5]}) == Judgement()


def test_everything_wrong_is_told_at_once() -> None:
    config = {"branch": "a..b", "colour": 1, "mirrors": [{}, {"url": "%"}, 5], "token": {}, "a/b~": 1}

    judgement = judge_config(SCHEMA, config)

    assert not judgement.is_valid
    assert found(judgement.errors) == [
        ("/a~1b~0", "additionalProperties"),
        ("/branch", "not"),
        ("/colour", "additionalProperties"),
        ("/mirrors/1/url", "format"),
        ("/mirrors/2", "type"),
        ("/repository", "required"),
        ("/token/$secret", "required"),
    ]


def test_warnings_do_not_make_a_config_invalid() -> None:
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "x": {"format": "colour"}}}

    judgement = judge_config(schema, {"repository": "a/b", "old": "x", "x": "red"})

    assert judgement.is_valid
    assert found(judgement.warnings) == [("", "format_unknown"), ("/old", "deprecated")]


def test_secret_in_plain_text_is_an_error_and_a_warning_that_says_how() -> None:
    judgement = judge_config(SCHEMA, {"repository": "a/b", "token": "hunter2", "mirrors": [{"token": "hunter2"}]})

    assert found(judgement.errors) == [("/mirrors/0/token", "type"), ("/token", "type")]
    assert found(judgement.warnings) == [("/mirrors/0/token", "plain_secret"), ("/token", "plain_secret")]
    assert all("hunter2" not in problem.message for problem in (*judgement.errors, *judgement.warnings))


@pytest.mark.parametrize("config", [None, [], "text", 5, True])
def test_what_is_no_object_is_one_problem(config: Any) -> None:
    assert found(judge_config(SCHEMA, config).errors) == [("", "type")]


def test_schema_that_is_not_safe_makes_every_config_invalid() -> None:
    for schema in ({"pattern": "(?!a)"}, {"$ref": "https://example.com/"}, {"$ref": "#"}, "text", None):
        assert found(judge_config(schema, {}).errors) == [("", "schema")]


def test_no_reference_fetches_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("Something was fetched.")

    monkeypatch.setattr(socket, "socket", refuse)

    for reference in ("https://json-schema.org/draft/2020-12/schema", "http://127.0.0.1/x", "file:///etc/passwd", "x"):
        assert found(judge_config({"properties": {"a": {"$ref": reference}}}, {"a": 1}).errors) == [("", "schema")]


DEEP: dict[str, Any] = {}
for _ in range(MAX_DEPTH + 1):
    DEEP = {"a": DEEP}
LARGE = {"a": list(range(MAX_NODES))}
WIDE: dict[str, Any] = {"a": [{} for _ in range(4_000)]}


@pytest.mark.parametrize(
    ("schema", "config", "code"),
    [
        ({}, DEEP, "depth"),
        ({}, LARGE, "size"),
        (bomb(18), {}, "too_complex"),
        ({"properties": {"a": {"pattern": "(.?){900}y"}}}, {"a": "ab\u1234" * 200_000}, "too_complex"),
        ({"properties": {"a": {"items": {"required": [f"n{i}" for i in range(4_000)]}}}}, WIDE, "required"),
        ({"properties": {"a": {"items": {"anyOf": [{"minProperties": 1}] * 400}}}}, WIDE, "too_complex"),
        ({"allOf": [{"minProperties": 2}] * 2_000}, {"a": "x" * 900_000}, "too_complex"),
        ({"patternProperties": {f"a{i}$": {} for i in range(400)}}, {f"n{i}": 1 for i in range(9_000)}, "too_complex"),
        ({"properties": {"a": {"items": {"enum": list(range(4_000))}}}}, WIDE, "too_complex"),
        ({"properties": {"a": {"items": {"format": "iri"}}}}, {"a": ["a" * 5_000]}, "format"),
        ({"properties": {"a": {"format": "regex"}}}, {"a": "(" * 5_000}, "format"),
        ({"properties": {"a": {"format": "regex"}}}, {"a": "a{99999999999}"}, "format"),
        ({"properties": {"a": {"format": "uri"}}}, {"a": "a://" + "%61" * 300_000}, "format"),
        (
            {"properties": {"a": {"uniqueItems": True}}},
            {"a": [{"n": i} for i in range(9_000)] + [{"n": 0}]},
            "uniqueItems",
        ),
        ({"properties": {"a": {"pattern": "(a+)+$"}}}, {"a": "a" * 30 + "!"}, "pattern"),
    ],
)
def test_worst_config_is_refused_soon(schema: Any, config: Any, code: str) -> None:
    before = process_time()

    judgement = judge_config(schema, config)

    assert [problem.code for problem in judgement.errors][-1:] == [code]
    # Not a benchmark: anything that is not bounded takes minutes.
    assert process_time() - before < 20


def test_thousands_of_problems_are_cut_short() -> None:
    schema = {"properties": {"a": {"items": {"type": "integer"}}}}

    errors = judge_config(schema, {"a": ["x"] * 5_000}).errors

    assert len(errors) == 1_001
    assert errors[0].code == "too_many"


def test_recursive_config_is_judged() -> None:
    schema = {"properties": {"child": {"$ref": "#"}}, "additionalProperties": False}
    config: dict[str, Any] = {"bad": 1}
    for _ in range(20):
        config = {"child": config}

    assert found(judge_config(schema, config).errors) == [("/child" * 20 + "/bad", "additionalProperties")]
