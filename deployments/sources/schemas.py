"""Parts that the config schemas of several sources share."""

from collections.abc import Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]

HOST_PATTERN = r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?"
# No control characters, no `..`, no option of a command.
_NAME = (
    r"([^-./\\\u0000-\u001F\u007F][^/\\\u0000-\u001F\u007F]*"
    r"|\.[^./\\\u0000-\u001F\u007F][^/\\\u0000-\u001F\u007F]*"
    r"|\.\.[^/\\\u0000-\u001F\u007F]+)"
)
FILE_PATTERN = f"^{_NAME}(/{_NAME})*$"

SUBFOLDER: Schema = {
    "type": "string",
    "title": "Subfolder",
    "description": "Use only this folder of the source.",
    "pattern": rf"^(\.|(\./)?{_NAME}(/{_NAME})*/?)$",
    "minLength": 1,
    "maxLength": 300,
}
STRIP: Schema = {
    "type": "integer",
    "title": "Leading folders to drop",
    "description": "How many outer folders to remove while unpacking.",
    "minimum": 0,
    "maximum": 10,
    "default": 0,
}
SHA256: Schema = {
    "type": "string",
    "title": "SHA-256 checksum",
    "description": "Checksum of the archive, 64 digits in small letters; any other content is refused.",
    "pattern": "^[0-9a-f]{64}$",
}
REF: Schema = {
    "type": "string",
    "pattern": "^[A-Za-z0-9_][A-Za-z0-9._/+@#=-]*$",
    "not": {"pattern": r"\.\.|//|/\.|\.lock(/|$)|[/.]$"},
    "maxLength": 255,
}


def secret(title: str, description: str) -> Schema:
    """A member that names a secret of the service."""
    return {
        "type": "object",
        "title": title,
        "description": description,
        "format": "secret",
        "writeOnly": True,
        "properties": {"$secret": {"type": "string", "pattern": "^[a-z][a-z0-9_-]{0,62}$"}},
        "required": ["$secret"],
        "additionalProperties": False,
    }


def config_of(properties: Mapping[str, Schema], *, required: Sequence[str], **keywords: Any) -> Schema:
    """The schema of a config with these members and no others."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
        **keywords,
    }
