"""Reads a published tree as a stranger would, from `current.json` on; proves each digest, size, reference and schema.

It shares nothing with the publisher but the shapes: what it checks is what an independent reader may rely on.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from catalog.documents.mapping import key_of, kind_of, references_of
from catalog.publishing.signing import decode, thumbprint, verify
from catalog.publishing.tree import KEYS_PATH, POINTER_PATH
from catalog.schemas.library import load_schema
from catalog.schemas.validation import validate_document

# Path -> bytes, or None for a 404.
Fetch = Callable[[str], bytes | None]
STAMPS = ("last_updated", "serial")
TIME_FORM = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(slots=True)
class Report:
    """What was found: `problems` as `path: what is wrong`, `notes` that are no faults, and how much was read."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    serial: int = 0
    documents: int = 0
    files: int = 0

    def blame(self, path: str, message: str) -> None:
        self.problems.append(f"{path}: {message}")


class Verifier:
    """One pass over one tree."""

    def __init__(self, fetch: Fetch, *, now: datetime) -> None:
        self._fetch = fetch
        self._now = now
        self.report = Report()

    def run(self) -> Report:
        """Every problem at once; the pass goes on as far as what it has read allows."""
        pointer = self._pointer()
        snapshot = self._digested(pointer["snapshot"], pointer["sha256"], kind="snapshot") if pointer else None
        if pointer and snapshot is not None:
            self.report.serial = pointer["serial"]
            if snapshot["serial"] != pointer["serial"]:
                self.report.blame(
                    pointer["snapshot"], f"its serial is {snapshot['serial']}, the pointer says {pointer['serial']}."
                )
            documents = self._documents(snapshot)
            self._references(documents)
            self._names(documents, snapshot)
            self._manifest(documents, snapshot)
            self._copies(documents)
            self._schemas(snapshot)
        return self.report

    def _pointer(self) -> dict[str, Any] | None:
        envelope = self._json(POINTER_PATH, kind="current")
        if envelope is None:
            return None
        try:
            pointer: dict[str, Any] = json.loads(decode(envelope["payload"]))
        except (ValueError, RecursionError) as error:
            self.report.blame(POINTER_PATH, f"its payload cannot be read: {error}")
            return None
        if not self._fits(POINTER_PATH, "pointer", pointer):
            return None
        self._signed(envelope)
        expires_at = self._moment(POINTER_PATH, pointer["expires_at"])
        if expires_at is not None and expires_at <= self._now:
            self.report.blame(POINTER_PATH, f"it expired at {pointer['expires_at']}.")
        return pointer

    def _signed(self, envelope: Mapping[str, Any]) -> None:
        """One signature by a key that keys.json lists, and that is valid now."""
        listed = self._json(KEYS_PATH, kind="keys")
        keys = (listed or {}).get("keys", [])
        for key in keys:
            if thumbprint(key["x"]) != key["kid"]:
                self.report.blame(KEYS_PATH, f"{key['kid']} is not the thumbprint of its key.")
        try:
            verify(envelope, {key["kid"]: key["x"] for key in keys if self._is_valid_now(key)})
        except (ValueError, RecursionError) as error:
            self.report.blame(POINTER_PATH, str(error))

    def _is_valid_now(self, key: Mapping[str, Any]) -> bool:
        start = self._moment(KEYS_PATH, key["not_before"])
        if start is None or start > self._now:
            return False
        end = self._moment(KEYS_PATH, key["not_after"]) if key["not_after"] is not None else None
        return key["not_after"] is None or (end is not None and self._now < end)

    def _moment(self, path: str, text: str) -> datetime | None:
        """A time of the tree, which are all in one form; None, and a problem, for what is none."""
        try:
            return datetime.strptime(text, TIME_FORM).replace(tzinfo=UTC)
        except ValueError:
            self.report.blame(path, f"{text!r} is no time in UTC.")
            return None

    def _documents(self, snapshot: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        if snapshot["shards"].keys() != snapshot["bundles"].keys():
            self.report.blame("snapshot", "its shards and bundles have different names.")
        documents: dict[str, dict[str, Any]] = {}
        for name, shard in snapshot["shards"].items():
            path = f"index/{shard['sha256']}.json"
            index = self._digested(path, shard["sha256"], kind="index", size_bytes=shard["size_bytes"])
            if index is None:
                continue
            if len(index) != shard["count"]:
                self.report.blame(path, f"has {len(index)} entries, the snapshot says {shard['count']}.")
            found = {key: self._document(key, line) for key, line in index.items()}
            self._bundle(name, snapshot["bundles"].get(name), found)
            documents |= {key: document for key, document in found.items() if document is not None}
        self.report.documents = len(documents)
        return documents

    def _document(self, key: str, line: Mapping[str, Any]) -> dict[str, Any] | None:
        path = f"objects/{line['sha256'][:2]}/{line['sha256']}.json"
        document = self._digested(path, line["sha256"], kind=kind_of(key), size_bytes=line["size_bytes"])
        if document is None:
            return None
        if key_of(kind_of(key), document) != key:
            self.report.blame(path, f"is {key_of(kind_of(key), document)}, the index says {key}.")
        if document.get("lifecycle", {}).get("state", "active") != line["lifecycle"]:
            self.report.blame(path, f"its lifecycle is not {line['lifecycle']} as the index says.")
        return document

    def _bundle(self, name: str, bundle: Mapping[str, Any] | None, found: Mapping[str, Any]) -> None:
        if bundle is None:
            return
        path = f"bundles/{bundle['sha256']}.json.gz"
        content = self._bytes(path, bundle["sha256"], size_bytes=bundle["size_bytes"])
        if content is None:
            return
        try:
            documents = json.loads(gzip.decompress(content))
        except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
            self.report.blame(path, f"cannot be unpacked: {error}")
            return
        if documents != found:
            self.report.blame(path, f"holds other documents than the index of {name}.")

    def _references(self, documents: Mapping[str, Any]) -> None:
        for key, document in documents.items():
            for pointer, target in references_of(document):
                if target not in documents:
                    self.report.blame(key, f"{pointer} names {target}, which is not published.")

    def _names(self, documents: Mapping[str, Any], snapshot: Mapping[str, Any]) -> None:
        for old_key, key in snapshot["aliases"].items():
            if key not in documents:
                self.report.blame("snapshot", f"the alias {old_key} leads to {key}, which is not published.")
            if old_key in documents:
                self.report.blame("snapshot", f"the alias {old_key} is itself a published entry.")
        for tombstone in snapshot["removed"]:
            if tombstone["key"] in documents:
                self.report.blame("snapshot", f"{tombstone['key']} is both published and removed.")

    def _manifest(self, documents: Mapping[str, Any], snapshot: Mapping[str, Any]) -> None:
        manifest = self._json("manifest.json", kind="manifest")
        if manifest is None:
            return
        expected: dict[str, dict[str, list[str]]] = {"providers": {}, "builders": {}, "stacks": {}}
        for key, document in sorted(documents.items()):
            group = document["provider_type"] if key.startswith("providers/") else document["category"]
            expected[key.split("/", maxsplit=1)[0]].setdefault(group, []).append(key.rpartition("/")[2])
        base = manifest["cdn_urls"]["base"]
        said = {
            "serial": snapshot["serial"],
            "last_updated": snapshot["published_at"],
            "aliases": snapshot["aliases"],
            "cdn_urls": {"base": base, "manifest": f"{base}/manifest.json" if base else "manifest.json"},
        }
        for name, value in {**expected, **said}.items():
            if manifest[name] != value:
                self.report.blame("manifest.json", f"{name} is not what the snapshot says.")

    def _copies(self, documents: Mapping[str, Any]) -> None:
        for key, document in documents.items():
            copy = self._json(f"{key}.json", kind=kind_of(key))
            if copy is None:
                continue
            if {name: value for name, value in copy.items() if name not in STAMPS} != document:
                self.report.blame(f"{key}.json", "is not the document of the live snapshot.")
            missing = [name for name in STAMPS if name not in copy]
            if missing or copy["serial"] > self.report.serial:
                self.report.blame(f"{key}.json", f"its stamps are wrong: {missing or copy['serial']}.")

    def _schemas(self, snapshot: Mapping[str, Any]) -> None:
        for name, version in snapshot["schemas"].items():
            path = f"schemas/{name}/{version}.json"
            schema = self._json(path)
            if schema is None:
                continue
            if not str(schema.get("$id", "")).endswith(path):
                self.report.blame(path, "its $id does not end with its path.")
            released = find_schema(name, version)
            if released is None:
                self.report.notes.append(f"{path} is of another release than this verifier.")
            elif {**schema, "$id": path} != released:
                self.report.blame(path, "is not the schema that was released.")

    def _digested(self, path: str, sha256: str, *, kind: str, size_bytes: int | None = None) -> dict[str, Any] | None:
        content = self._bytes(path, sha256, size_bytes=size_bytes)
        return self._parsed(path, content, kind=kind) if content is not None else None

    def _bytes(self, path: str, sha256: str, *, size_bytes: int | None) -> bytes | None:
        content = self._read(path)
        if content is None:
            return None
        if size_bytes is not None and len(content) != size_bytes:
            self.report.blame(path, f"has {len(content):,} bytes instead of {size_bytes:,}.")
            return None
        if hashlib.sha256(content).hexdigest() != sha256:
            self.report.blame(path, "its digest is not the one that names it.")
            return None
        return content

    def _json(self, path: str, *, kind: str = "") -> dict[str, Any] | None:
        content = self._read(path)
        return self._parsed(path, content, kind=kind) if content is not None else None

    def _parsed(self, path: str, content: bytes, *, kind: str) -> dict[str, Any] | None:
        try:
            value = json.loads(content)
        except (ValueError, RecursionError) as error:
            self.report.blame(path, f"is no JSON: {error}")
            return None
        if not isinstance(value, dict):
            self.report.blame(path, "is no JSON object.")
            return None
        return value if not kind or self._fits(path, kind, value) else None

    def _fits(self, path: str, kind: str, value: dict[str, Any]) -> bool:
        problems = validate_document(kind, value)
        for problem in problems:
            self.report.blame(path, f"{problem.path or 'document'}: {problem.message}")
        return not problems

    def _read(self, path: str) -> bytes | None:
        content = self._fetch(path)
        if content is None:
            self.report.blame(path, "is missing.")
            return None
        self.report.files += 1
        return content


def find_schema(name: str, version: str) -> dict[str, Any] | None:
    """The released schema, or None if this release has none of that name and version."""
    try:
        return load_schema(name, version)
    except KeyError:
        return None


def verify_tree(fetch: Fetch, *, now: datetime | None = None) -> Report:
    """Prove the tree that `fetch` reads; `now` (default: the clock) decides what has expired."""
    return Verifier(fetch, now=now or timezone.now()).run()
