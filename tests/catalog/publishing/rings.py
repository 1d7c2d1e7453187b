"""The keys of a registry: in its file, in keys.json, and on its pointer."""

import json
from typing import Any

from catalog.publishing.outlet import open_outlet, signing_keys
from catalog.publishing.publish import run_publish
from catalog.publishing.signing import decode
from catalog.publishing.stores.configured import open_store
from tests.catalog.publishing.histories import request
from tests.factories import SANITY, save
from tests.stores import verify


def publish_here() -> None:
    """A publish with the keys of the file."""
    run_publish(request().pk, outlet=open_outlet())
    assert verify(open_store()).problems == []


def read_json(path: str) -> dict[str, Any]:
    stored = open_store().get(path)
    assert stored is not None
    value: dict[str, Any] = json.loads(stored.content)
    return value


def signers() -> list[str]:
    """The keys that have signed the pointer."""
    signatures = read_json("current.json")["signatures"]
    return [json.loads(decode(signature["protected"]))["kid"] for signature in signatures]


def listed() -> dict[str, bool]:
    """Key -> whether keys.json gives it no end."""
    return {key["kid"]: key["not_after"] is None for key in read_json("keys.json")["keys"]}


def in_file() -> list[str]:
    return [key.kid for key in signing_keys()]


def change_something(name: str) -> None:
    save("provider", {**SANITY, "display_name": name})
