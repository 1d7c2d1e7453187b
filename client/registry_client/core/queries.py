"""What can be asked of a view: rules that load the parts they need and read documents out of them.

A document is parsed anew for each caller, so that nobody changes what another one reads.
"""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from registry_client.core.registry import Reader
from registry_client.core.searching import Criteria, lifecycle_of
from registry_client.core.shapes import is_key, is_name
from registry_client.core.steps import Rule
from registry_client.core.views import View, render_manifest
from registry_client.errors import EntryNotFound

Document = dict[str, Any]
logger = logging.getLogger("registry_client")


@dataclass(frozen=True, slots=True)
class ManifestQuery:
    """The manifest, told from what is read: it never disagrees with the documents."""

    url: str

    def __call__(self, reader: Reader) -> Rule[Document]:
        found = yield from documents_below(reader, ("providers", "builders", "stacks"))
        return render_manifest(reader.view, found, url=self.url)


@dataclass(frozen=True, slots=True)
class EntryQuery:
    """One entry by its key, an old key, or its path. Raises EntryNotFound. `warned`: keys that were warned about."""

    key: str
    warned: set[str]

    def __call__(self, reader: Reader) -> Rule[Document]:
        key = self.key.removesuffix(".json")
        content = yield from _content_of(reader, key)
        alias = reader.view.aliases.get(key)
        if content is None and alias is not None:
            content = yield from _content_of(reader, alias)
        if content is None:
            raise not_found(reader.view, key)
        document: Document = json.loads(content)
        warn_if_deprecated(alias or key, document, self.warned)
        return document


@dataclass(frozen=True, slots=True)
class StackQuery:
    """A stack by its name alone, which may be an old one; the registry says which category it is in."""

    name: str
    warned: set[str]

    def __call__(self, reader: Reader) -> Rule[Document]:
        name, view = self.name.removesuffix(".json"), reader.view
        if "/" in name:
            key: str | None = name if name.startswith("stacks/") else f"stacks/{name}"
        else:
            contents = yield from reader.load(view.parts_below("stacks"))
            key = (
                _find_by_name(name, contents) or _find_by_name(name, view.aliases) or _find_by_name(name, view.removed)
            )
        return (yield from EntryQuery(key or f"stacks/*/{name}", self.warned)(reader))


@dataclass(frozen=True, slots=True)
class ListQuery:
    """All entries below a prefix such as `providers` or `stacks/foundation`, sorted by their keys."""

    prefix: str

    def __call__(self, reader: Reader) -> Rule[list[Document]]:
        found = yield from documents_below(reader, (self.prefix,))
        return [found[key] for key in sorted(found)]


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What fits the criteria, sorted by key."""

    criteria: Criteria

    def __call__(self, reader: Reader) -> Rule[list[Document]]:
        found = yield from documents_below(reader, self.criteria.prefixes())
        return [found[key] for key in sorted(found) if self.criteria.fits(key, found[key])]


def list_query(folder: str, category: str | None) -> ListQuery:
    """Raises EntryNotFound for what cannot be a category."""
    if category is not None and not is_name(category):
        raise EntryNotFound(f"{folder}/{category}")
    return ListQuery(folder if category is None else f"{folder}/{category}")


def documents_below(reader: Reader, prefixes: Iterable[str]) -> Rule[dict[str, Document]]:
    """Key -> document of all entries below the prefixes; parsed anew."""
    parts = [part for prefix in prefixes for part in reader.view.parts_below(prefix)]
    contents = yield from reader.load(parts)
    return {key: json.loads(content) for key, content in contents.items()}


def not_found(view: View, key: str) -> EntryNotFound:
    tombstone = view.removed.get(key)
    if tombstone is None:
        return EntryNotFound(key)
    return EntryNotFound(key, reason=tombstone.reason, replacement=tombstone.replacement)


def warn_if_deprecated(key: str, document: Document, warned: set[str]) -> None:
    """Once a key and client, to the log: what a publisher does must never raise in a reader that runs with -W error."""
    if lifecycle_of(document) != "deprecated" or key in warned:
        return
    warned.add(key)
    lifecycle = document["lifecycle"]
    replacement = lifecycle.get("replacement")
    instead = f" Use {replacement} instead." if replacement else ""
    logger.warning("%s is deprecated: %s%s", key, lifecycle.get("reason") or "no reason was given.", instead)


def _content_of(reader: Reader, key: str) -> Rule[bytes | None]:
    if not is_key(key):
        return None
    for part in reader.view.parts_for(key):
        contents = yield from reader.load([part])
        if key in contents:
            return contents[key]
    return None


def _find_by_name(name: str, keys: Iterable[str]) -> str | None:
    """The key of a stack with this name; the first category if several have it."""
    return min((key for key in keys if key.startswith("stacks/") and key.rpartition("/")[2] == name), default=None)
