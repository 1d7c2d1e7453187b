"""An entry with a live config schema and services that use it; for tests of what a change of the schema may break."""

from typing import Any

from catalog.usage import StoredConfig, Use
from tests.factories import builder_document, publish, save

KEY = "builders/hugo"
TEXT = {"type": "string"}


def schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


LIVE = schema(folder=TEXT, minify={"type": "boolean"})
# Nothing that was right is wrong by it.
WIDER = schema(folder=TEXT, minify={"type": "boolean"}, draft={"type": "boolean"})
# A setting less, and a shorter text.
NARROWER = schema(folder={"type": "string", "maxLength": 3})
DOCUMENT = builder_document("hugo", config_schema=LIVE)
BLOG = StoredConfig(Use("service", "Blog", "/services/1/"), {"folder": "website"})
SHOP = StoredConfig(Use("service", "Shop", "/services/2/"), {"folder": "web"})


def document_with(config_schema: Any) -> dict[str, Any]:
    return {**DOCUMENT, "config_schema": config_schema}


def publish_live() -> None:
    save("builder", DOCUMENT)
    publish()
