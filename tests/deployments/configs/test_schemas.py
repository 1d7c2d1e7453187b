"""Parts of config schemas, as the judge of configs reads them."""

from typing import Any

import pytest

from catalog.schemas.configs import judge_config
from deployments.configs.schemas import config_of, folder, secret

SCHEMA = config_of(
    {"folder": folder("Folder", "Where it is."), "token": secret("Token", "What opens it.")}, required=["folder"]
)


def is_valid(**config: Any) -> bool:
    return judge_config(SCHEMA, config).errors == ()


@pytest.mark.parametrize("name", [".", "a", "./a", "a/b/", "a b/.c", "..a", "a..b"])
def test_folder_is_below_another(name: str) -> None:
    assert is_valid(folder=name) is True


@pytest.mark.parametrize("name", ["", "/", "/a", "..", "../a", "a/..", "a//b", "-a", "a/-b", "a\\b", "a\nb", "a" * 301])
def test_folder_is_nowhere_else(name: str) -> None:
    assert is_valid(folder=name) is False


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ({"$secret": "git"}, True),
        ({"$secret": "Git"}, False),
        ({"$secret": "git", "value": "hush"}, False),
        ({}, False),
        ("hush", False),
    ],
)
def test_secret_is_named_and_not_told(value: Any, answer: bool) -> None:
    assert is_valid(folder=".", token=value) == answer


def test_config_has_its_members_in_order_and_no_others() -> None:
    assert SCHEMA["x-order"] == ["folder", "token"]
    assert (is_valid(), is_valid(folder=".", other=1)) == (False, False)
