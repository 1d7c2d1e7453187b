"""Secrets in plain text are found by their names and kept apart."""

from typing import Any

import pytest

from deployments.actions.services.sealing import looks_secret, readable_secrets, seal_members
from deployments.builds import get_build


@pytest.mark.parametrize(
    ("name", "value", "is_one"),
    [
        ("NPM_TOKEN", "x", True),
        ("npmToken", "x", True),
        ("GITHUB_PAT", "x", True),
        ("DB_PASSWORD", "x", True),
        ("db-passwd", "x", True),
        ("API_KEY", "x", True),
        ("apiKey", "x", True),
        ("APIKEY", "x", True),
        ("SECRET", "x", True),
        ("npm.auth", "x", True),
        ("5_A_DAY", "x", False),
        ("AWS_CREDENTIALS", "x", True),
        ("BASIC_AUTH", "x", True),
        ("DATABASE_URL", "postgres://site:hush@db/site", True),
        ("DATABASE_URL", "postgres://db/site", False),
        ("AUTHOR", "Ada", False),
        ("PATH", "/bin", False),
        ("MONKEY", "x", False),
        ("NODE_ENV", "production", False),
        ("NPM_TOKEN", "", False),
    ],
)
def test_secret_is_known_by_its_name(name: str, value: str, *, is_one: bool) -> None:
    assert looks_secret(name, value) is is_one
    assert bool(readable_secrets({"buildArgs": {name: value}})) is is_one


def test_name_of_a_secret_is_none() -> None:
    assert readable_secrets({"token": {"$secret": "npm-token"}, "buildSecrets": {"A": {"$secret": "a-key"}}}) == []


def test_two_of_one_name_are_kept_apart_and_what_is_sealed_already_stays() -> None:
    secrets = {"env-a-key": "of another"}
    config: dict[str, Any] = {
        "environment": {"A_KEY": "one", "a_KEY": "two", "B": "b"},
        "secretEnvironment": {"C": {"$secret": "c"}},
    }

    sealed = seal_members(get_build("command@1"), config, secrets)

    assert sealed["secretEnvironment"] == {
        "A_KEY": {"$secret": "env-a-key-2"}, "a_KEY": {"$secret": "env-a-key-3"}, "C": {"$secret": "c"},
    }  # fmt: skip
    assert sealed["environment"] == {"B": "b"}
    assert secrets == {"env-a-key": "of another", "env-a-key-2": "one", "env-a-key-3": "two"}
    assert readable_secrets(sealed) == []
