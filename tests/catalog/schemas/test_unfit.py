"""A text that does not fit a pattern: people are told in the schema's words what is wanted, not in a pattern."""

from typing import Any

import pytest

from catalog.actions.wording import plain_message
from catalog.schemas.configs import judge_config
from catalog.schemas.problems import Problem
from deployments.builds import get_build
from deployments.sources import get_source

PATTERN = "^[a-z]+$"


def said(value: Any, **member: Any) -> list[str]:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": PATTERN, **member}}}
    return [problem.message for problem in judge_config(schema, {"a": value}).errors]


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (
            {"examples": ["site", "shop", "blog"], "description": "Name of the folder.", "title": "Folder"},
            "'X' does not have the right form, such as site or shop. Name of the folder.",
        ),
        ({"examples": ["site"]}, "'X' does not have the right form, such as site."),
        ({"default": "main", "title": "Branch"}, "'X' does not have the right form, such as main. Branch"),
        ({"description": "Small letters."}, "'X' does not have the right form: Small letters."),
        ({"title": "Branch"}, "'X' does not have the right form: Branch"),
        ({"examples": [1, "", None]}, f"'X' does not fit the pattern {PATTERN}"),
        ({}, f"'X' does not fit the pattern {PATTERN}"),
    ],
)
def test_schema_says_what_is_wanted(member: dict[str, Any], words: str) -> None:
    assert said("X", **member) == [words]


def test_what_must_not_fit_is_said_alike() -> None:
    unwanted = {"pattern": ".", "not": {"pattern": "x"}}

    assert said("x", **unwanted, examples=["site"]) == ["'x' does not have the right form, such as site."]
    assert said("x", **unwanted) == ["'x' must not fit the pattern x"]


def test_names_of_files_are_refused_in_words() -> None:
    [problem] = judge_config(get_source("inline@1").info.schema, {"files": {"../index.html": ""}}).errors

    words = "such as index.html or css/site.css. Path of a file in the source."
    assert problem.message == f"'../index.html' does not have the right form, {words}"


def test_long_words_are_shortened() -> None:
    [message] = said("X" * 900, description="d" * 900)

    assert len(message) < 500


def test_path_out_of_the_source_is_refused_in_words() -> None:
    [problem] = judge_config(get_build("dockerfile@1").info.schema, {"dockerfilePath": "../Dockerfile"}).errors

    words = "such as ./Dockerfile or docker/web.Dockerfile. Path of the Dockerfile in the source."
    assert problem.message == f"'../Dockerfile' does not have the right form, {words}"


@pytest.mark.parametrize("words", ["does not fit the pattern ^x$", "does not have the right form: A name."])
def test_forms_keep_their_own_words(words: str) -> None:
    problem = Problem("/provider_name", "pattern", f"'a_b' {words}")

    assert plain_message("provider", problem).startswith("'a_b': ")
    assert "right form" not in plain_message("provider", problem)
