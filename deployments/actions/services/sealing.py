"""Secrets in plain text, in the configs of another system: found, and kept apart from what is stored readably. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from catalog.schemas.problems import Problem, pointer_to
from catalog.schemas.secret_names import hyphenated, keep_secret, secret_name
from deployments.configs.schemas import is_reference
from deployments.contract import Backend

# Readable variables -> the member of the same schema for those that are secret, and do the same there.
SECRET_TWINS = {"environment": "secretEnvironment"}
SECRET_PARTS = re.compile("token|secret|passw|passphrase|credential|apikey")
SECRET_WORDS = frozenset(("key", "keys", "auth", "pass", "pat", "pwd", "private", "dsn"))
WITH_PASSWORD = re.compile(r"://[^/\s@]*:[^/\s@]+@")


def seal_members(backend: Backend, config: Mapping[str, Any], secrets: dict[str, str]) -> dict[str, Any]:
    """The config with references where secrets stood in plain text; their values go to `secrets`.

    They are members of the format `secret`, and variables that look like one where the backend takes them as secrets.
    """
    found = dict(config)
    parts = backend.info.schema.get("properties", {})
    for member, schema in parts.items():
        if isinstance(found.get(member), str) and schema.get("format") == "secret":
            found[member] = keep_secret(secrets, secret_name([member]), found[member])
    for readable, secret in SECRET_TWINS.items():
        if secret in parts and isinstance(found.get(readable), Mapping):
            found |= _seal_variables(found, readable, secret, secrets)
    return found


def readable_secrets(config: Mapping[str, Any]) -> list[Problem]:
    """What looks like a secret among the variables of a config, and would be kept readably for ever."""
    return [
        Problem(pointer_to([member, name]), "readable_secret", _refusal(member, name))
        for member, value in config.items()
        if isinstance(value, Mapping) and not is_reference(value)
        for name in _secrets_among(value)
    ]


def looks_secret(name: str, value: str) -> bool:
    """By the words of its name (`NPM_TOKEN`, `apiKey`), or because it is an address with a password."""
    words = hyphenated(name).split("-")
    is_named = bool(SECRET_PARTS.search("".join(words))) or not SECRET_WORDS.isdisjoint(words)
    return bool(value) and (is_named or bool(WITH_PASSWORD.search(value)))


def _secrets_among(variables: Mapping[str, Any]) -> Iterator[str]:
    for name, value in variables.items():
        # What is true or false, or a number, is none.
        if isinstance(value, str) and looks_secret(name, value):
            yield name


def _seal_variables(config: Mapping[str, Any], readable: str, secret: str, secrets: dict[str, str]) -> dict[str, Any]:
    """The two members; empty ones are left out."""
    given = config[readable]
    sealed = {name: keep_secret(secrets, secret_name(["env", name]), given[name]) for name in _secrets_among(given)}
    rest = {name: value for name, value in given.items() if name not in sealed}
    there = config.get(secret, {})
    return {readable: rest, secret: {**sealed, **there}} if sealed and isinstance(there, Mapping) else {}


def _refusal(member: str, name: str) -> str:
    return (
        f"{name} looks like a secret, and {member} is stored readably for ever. Take it out of the file; set it as a "
        "secret of the service afterwards, and name it where the builder takes secrets."
    )
