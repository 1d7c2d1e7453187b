"""The released schemas: which there are, which version is current, and their text."""

import json
from functools import cache
from pathlib import Path
from typing import Any

RELEASED = Path(__file__).parent / "released"

# What new documents are written in. An older version stays in `released/` so that older readers find it.
CURRENT_VERSIONS = {
    "builder": "1.0.0",
    "current": "1.0.0",
    "index": "1.0.0",
    "keys": "1.0.0",
    "manifest": "1.0.0",
    "pointer": "1.1.0",
    "provider": "1.0.0",
    "snapshot": "1.0.0",
    "stack": "1.0.0",
}


@cache
def load_schema(name: str, version: str) -> dict[str, Any]:
    """The schema `name` in `version`; its `$id` is relative to the registry's public address.

    Raises KeyError if there is no such schema or version. Callers share the dict: copy before changing it.
    """
    try:
        text = (RELEASED / f"{name}-{version}.json").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise KeyError(f"{name} {version}") from error
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def list_released() -> tuple[tuple[str, str], ...]:
    """(name, version) of every released schema, sorted."""
    stems = (path.stem.rpartition("-") for path in RELEASED.glob("*.json"))
    return tuple(sorted((name, version) for name, _, version in stems))


def schema_at(name: str, version: str, *, public_url: str) -> dict[str, Any]:
    """The schema as it is published under `public_url`, with that address in its `$id`."""
    schema = load_schema(name, version)
    return {**schema, "$id": f"{public_url}/{schema['$id']}"} if public_url else schema
