"""Parts that the config schemas of several builders share, and the defaults that a schema names."""

import copy
from collections.abc import Mapping
from typing import Any

from deployments.configs.schemas import PATH_PATTERN, Schema, folder

FILE_PATTERN = rf"^(\./)?{PATH_PATTERN}$"
LINE_PATTERN = r"^[^\u0000-\u001F\u007F]*$"
VARIABLE_PATTERN = "^[A-Za-z_][A-Za-z0-9_]*$"


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


def with_defaults(schema: Schema, config: Mapping[str, Any]) -> dict[str, Any]:
    """The config, and the schema's defaults for what it leaves out."""
    given = {name: part["default"] for name, part in schema["properties"].items() if "default" in part}
    return {**copy.deepcopy(given), **config}


SOURCE_FOLDER = folder(
    "Source folder", "Folder of the source that the website is in.", default=".", examples=[".", "website"]
)
