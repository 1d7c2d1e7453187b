"""Parts that the config schemas of several builders share, and the defaults that a schema names."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]

# One name in a path: no option of a command, no control character, not `..`.
_NAME = (
    r"([^-./\\\u0000-\u001F\u007F][^/\\\u0000-\u001F\u007F]*"
    r"|\.[^./\\\u0000-\u001F\u007F][^/\\\u0000-\u001F\u007F]*"
    r"|\.\.[^/\\\u0000-\u001F\u007F]+)"
)
FILE_PATTERN = rf"^(\./)?{_NAME}(/{_NAME})*$"
LINE_PATTERN = r"^[^\u0000-\u001F\u007F]*$"
VARIABLE_PATTERN = "^[A-Za-z_][A-Za-z0-9_]*$"


def folder(title: str, description: str, **keywords: Any) -> Schema:
    """A folder below another; a dot is that one itself."""
    return {
        "type": "string",
        "title": title,
        "description": description,
        "pattern": rf"^(\.|(\./)?{_NAME}(/{_NAME})*/?)$",
        "minLength": 1,
        "maxLength": 300,
        **keywords,
    }


def line(title: str, description: str, **keywords: Any) -> Schema:
    """One line of text."""
    return {"type": "string", "title": title, "description": description, "pattern": LINE_PATTERN, **keywords}


def flag(title: str, description: str, *, default: bool) -> Schema:
    return {"type": "boolean", "title": title, "description": description, "default": default}


def named(title: str, description: str, *, names: str, values: Schema, most: int, **keywords: Any) -> Schema:
    """An object from names of this pattern to such values."""
    return {
        "type": "object",
        "title": title,
        "description": description,
        "maxProperties": most,
        "propertyNames": {"pattern": names, "maxLength": 128},
        "additionalProperties": values,
        **keywords,
    }


def secret(description: str) -> Schema:
    """A member that names a secret of the service."""
    return {
        "type": "object",
        "title": "Secret",
        "description": description,
        "format": "secret",
        "writeOnly": True,
        "properties": {"$secret": {"type": "string", "pattern": "^[a-z][a-z0-9_-]{0,62}$"}},
        "required": ["$secret"],
        "additionalProperties": False,
    }


def config_of(properties: Mapping[str, Schema], *, required: Sequence[str] = ()) -> Schema:
    """The schema of a config with these members and no others, shown in this order."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
        "x-order": list(properties),
    }


def with_defaults(schema: Schema, config: Mapping[str, Any]) -> dict[str, Any]:
    """The config, and the schema's defaults for what it leaves out."""
    given = {name: part["default"] for name, part in schema["properties"].items() if "default" in part}
    return {**copy.deepcopy(given), **config}


SOURCE_FOLDER = folder(
    "Source folder", "Folder of the source that the website is in.", default=".", examples=[".", "website"]
)
