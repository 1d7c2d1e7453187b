"""Reads the published tree from its pointer on; every file is what its digest says.

The signature of the pointer is for readers who come through the network: here it comes out of the registry's own store.
"""

import base64
import gzip
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from indexer.errors import DamagedTreeError, MovedError, NotYetError

POINTER_PATH = "current.json"
MANIFEST_PATH = "manifest.json"
PROVIDERS = "providers/"
# Path -> bytes, or None for what is not there.
Fetch = Callable[[str], bytes | None]
Document = dict[str, Any]
Snapshot = dict[str, Any]


class Pointer(NamedTuple):
    """Which snapshot is live: `sha256` is of its file, `published_at` an RFC 3339 text."""

    serial: int
    snapshot: str
    sha256: str
    published_at: str


class Line(NamedTuple):
    """One entry as the index of a snapshot lists it."""

    sha256: str
    revision: int


@dataclass(frozen=True, slots=True)
class Tree:
    """One request for each method. All raise DamagedTreeError for what is missing or is not what it should be."""

    fetch: Fetch

    def pointer(self) -> Pointer:
        content = self._read(POINTER_PATH)
        try:
            payload = json.loads(content)["payload"]
            members = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
            pointer = Pointer(*(members[name] for name in Pointer._fields))
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedTreeError(f"{POINTER_PATH} is no pointer: {type(error).__name__}: {error}") from error
        if type(pointer.serial) is not int or not all(isinstance(text, str) for text in pointer[1:]):
            raise DamagedTreeError(f"{POINTER_PATH} is no pointer: its members have other types.")
        return pointer

    def snapshot(self, path: str) -> Snapshot:
        """The snapshot whose name has the beginning of its digest, as every snapshot's has."""
        digest = path.removesuffix(".json").rpartition("-")[2]
        snapshot: Snapshot = _parsed(path, self._digested(path, digest))
        return snapshot

    def shard(self, sha256: str) -> dict[str, Line]:
        """Key -> line."""
        path = f"index/{sha256}.json"
        lines = _parsed(path, self._digested(path, sha256))
        try:
            return {key: Line(line["sha256"], line["revision"]) for key, line in lines.items()}
        except (KeyError, TypeError) as error:
            raise DamagedTreeError(f"{path} is no index: {error!r}") from error

    def bundle(self, sha256: str) -> dict[str, Document]:
        """Key -> document of a shard."""
        path = f"bundles/{sha256}.json.gz"
        documents: dict[str, Document] = _parsed(path, gzip.decompress(self._digested(path, sha256)))
        return documents

    def document(self, sha256: str) -> Document:
        path = f"objects/{sha256[:2]}/{sha256}.json"
        document: Document = _parsed(path, self._digested(path, sha256))
        return document

    def copy(self, key: str) -> Document | None:
        """The document at its fixed path, with `last_updated` and `serial`; None if there is none (yet)."""
        content = self.fetch(f"{key}.json")
        return None if content is None else _parsed(f"{key}.json", content)

    def _digested(self, path: str, digest: str) -> bytes:
        content = self._read(path)
        if not hashlib.sha256(content).hexdigest().startswith(digest):
            raise DamagedTreeError(f"{path}: its digest is not the one that names it.")
        return content

    def _read(self, path: str) -> bytes:
        content = self.fetch(path)
        if content is None:
            raise DamagedTreeError(f"{path} is missing.")
        return content


def check_copy(key: str, copy: Document | None, document: Document, *, serial: int) -> Document:
    """The copy, if it is of `document` and was written by `serial`.

    Raises NotYetError for an older one (copies follow the pointer), MovedError for a newer one.
    """
    found = copy.get("serial") if copy else 0
    if type(found) is not int or copy is None or found < serial:
        raise NotYetError(f"{key}.json is not at serial {serial} yet.")
    if found > serial:
        raise MovedError(f"{key}.json is at serial {found} already.")
    if bare(copy) != document:
        raise DamagedTreeError(f"{key}.json is not the document that serial {serial} published.")
    return copy


def bare(copy: Document) -> Document:
    """Without what is added to a document where it is published."""
    return {name: value for name, value in copy.items() if name not in ("last_updated", "serial")}


def _parsed(path: str, content: bytes) -> Any:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DamagedTreeError(f"{path} is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise DamagedTreeError(f"{path} is no JSON object.")
    return value
