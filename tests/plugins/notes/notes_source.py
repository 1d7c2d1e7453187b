"""A source in two majors: one note, and later pages of notes."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from deployments.contract import BackendInfo, Context, Kind, Source, SourceBackend

TEXT = {"type": "string", "minLength": 1}
ONE = {
    "type": "object",
    "properties": {"title": {**TEXT, "title": "Title"}, "text": {**TEXT, "title": "Text"}},
    "required": ["text"],
    "additionalProperties": False,
}
PAGE = {
    "type": "object",
    "properties": {"heading": {**TEXT, "title": "Heading", "maxLength": 40}, "text": {**TEXT, "title": "Text"}},
    "required": ["heading", "text"],
    "additionalProperties": False,
}
MANY = {
    "type": "object",
    "properties": {
        "pages": {"type": "array", "title": "Pages", "items": PAGE, "minItems": 1},
        "language": {"title": "Language", "enum": ["en", "de", "fr"], "default": "en"},
    },
    "required": ["pages"],
    "additionalProperties": False,
}


class Notes(SourceBackend):
    info: ClassVar = BackendInfo("notes", "1.4.0", "Notes", "One note in the settings.", ONE)
    produces: ClassVar = frozenset({Kind.TREE})

    def resolve(self, config: Mapping[str, Any], context: Context) -> str:
        return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()

    def fetch(self, config: Mapping[str, Any], revision: str, into: Path, context: Context) -> Source:
        (into / "index.html").write_text(json.dumps(config))
        return Source(into, revision)


class Notes2(Notes):
    info: ClassVar = BackendInfo("notes", "2.0.0", "Notes", "Pages of notes in the settings.", MANY)

    def upgrade(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"pages": [{"heading": config["title"], "text": config["text"]}], "language": "en"}
