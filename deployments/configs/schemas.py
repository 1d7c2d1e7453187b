"""Parts that the config schemas of backends of several kinds share."""

from collections.abc import Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]

# One name in a path: no option of a command, no control character, not `..`.
NAME_PATTERN = (
    r"([^-./\\\u0000-\u001F\u007F][^/\\\u0000-\u001F\u007F]*"
    r"|\.[^./\\\u0000-\u001F\u007F][^/\\\u0000-\u001F\u007F]*"
    r"|\.\.[^/\\\u0000-\u001F\u007F]+)"
)
PATH_PATTERN = f"{NAME_PATTERN}(/{NAME_PATTERN})*"


def folder(title: str, description: str, **keywords: Any) -> Schema:
    """A folder below another; a dot is that one itself."""
    return {
        "type": "string",
        "title": title,
        "description": description,
        "pattern": rf"^(\.|(\./)?{PATH_PATTERN}/?)$",
        "minLength": 1,
        "maxLength": 300,
        **keywords,
    }


SECRET_NAME: Schema = {
    "type": "string",
    "pattern": "^[a-z][a-z0-9_-]{0,62}$",
    "description": "The name of a secret has small letters, digits, - and _, and begins with a letter.",
    "examples": ["github-token"],
}


def secret(title: str, description: str) -> Schema:
    """A member that names a secret of the service."""
    return {
        "type": "object",
        "title": title,
        "description": description,
        "format": "secret",
        "writeOnly": True,
        "properties": {"$secret": SECRET_NAME},
        "required": ["$secret"],
        "additionalProperties": False,
    }


def is_reference(value: object) -> bool:
    """Whether it names a secret, and is nothing else."""
    return isinstance(value, Mapping) and value.keys() == {"$secret"}


def config_of(properties: Mapping[str, Schema], *, required: Sequence[str] = (), **keywords: Any) -> Schema:
    """The schema of a config with these members and no others, shown in this order."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
        "x-order": list(properties),
        **keywords,
    }
