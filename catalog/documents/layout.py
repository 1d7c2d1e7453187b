"""The registry as files in a Git repository: where each entry lies, and its text. Pure: documents in, bytes out.

providers/<type>/<name>.json, builders/<name>.json, stacks/<category>/<name>.json; schemas/<kind>.schema.json; and a
*mark* that says what was exported, so that edits of files and edits of the registry can be told apart later.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.documents.canonical import canonical_bytes, sha256_hex
from catalog.documents.mapping import MEMBERS, Document, document_from_fields, fields_from_document
from catalog.documents.strict_json import JsonError, read_json
from catalog.schemas.library import CURRENT_VERSIONS, load_schema

FOLDERS = ("builders", "providers", "stacks")
SCHEMAS = "schemas"
MARK = ".registry-export.json"
FORMAT = 1
ABOUT = "What export_registry wrote: the digest of each document. Commit it with the files, and do not edit it."
KEY = re.compile(load_schema("provider", "1.0.0")["$defs"]["key"]["pattern"])
DIGEST = re.compile(r"[0-9a-f]{64}")
# What publishing adds to a document is nobody's to write.
STAMPS = ("last_updated", "serial")


class MarkError(ValueError):
    """The mark is damaged, or of a later version; the message says which."""


@dataclass(frozen=True, slots=True)
class Mark:
    """`digests` are those of the canonical documents by key, as the files and the registry last agreed on them."""

    digests: Mapping[str, str] = field(default_factory=dict)


def path_of(key: str) -> str:
    return f"{key}.json"


def key_at(path: str) -> str:
    """The key of the entry whose file has this path, relative to the folder; empty if no entry can lie there."""
    key = path.removesuffix(".json")
    return key if key != path and KEY.fullmatch(key) else ""


def write_document(kind: str, document: Mapping[str, Any]) -> bytes:
    """Members in the order of their table, everything below them by name, a line for each item: for reading diffs."""
    names = [member.name for member in MEMBERS[kind] if member.name in document]
    rest = [name for name in sorted(document) if name not in names]
    ordered = {name: _by_name(document[name]) for name in (*names, *rest)}
    return _pretty(ordered)


def normalise(kind: str, document: Mapping[str, Any]) -> Document:
    """A valid document as it would be recorded."""
    return document_from_fields(kind, fields_from_document(kind, document))


def digest_of(document: Mapping[str, Any]) -> str:
    """As a Revision's. Raises DocumentError."""
    return sha256_hex(canonical_bytes(document))


def without_stamps(document: Mapping[str, Any]) -> Document:
    return {name: value for name, value in document.items() if name not in STAMPS}


def schema_files() -> dict[str, bytes]:
    """Path -> text of the schemas that the documents are judged by."""
    return {
        f"{SCHEMAS}/{kind}.schema.json": _pretty(load_schema(kind, CURRENT_VERSIONS[kind])) for kind in sorted(MEMBERS)
    }


def write_mark(mark: Mark) -> bytes:
    return _pretty({"about": ABOUT, "format": FORMAT, "entries": dict(sorted(mark.digests.items()))})


def read_mark(content: bytes) -> Mark:
    """Raises MarkError."""
    try:
        given = read_json(content)
    except JsonError as error:
        raise MarkError(f"It is damaged: {error} Bring it back from Git, or export again.") from error
    if not isinstance(given, dict) or given.get("format") != FORMAT:
        raise MarkError("It is not of a version that is known here.")
    digests = given.get("entries")
    if not isinstance(digests, dict) or not all(_is_digest(key, value) for key, value in digests.items()):
        raise MarkError("It is damaged. Bring it back from Git, or export again.")
    return Mark(digests)


def _is_digest(key: str, value: Any) -> bool:
    return KEY.fullmatch(key) is not None and isinstance(value, str) and DIGEST.fullmatch(value) is not None


def _by_name(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _by_name(value[name]) for name in sorted(value)}
    return [_by_name(item) for item in value] if isinstance(value, list) else value


def _pretty(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
