"""What is read from: one published whole, of which parts are loaded when somebody asks for them.

A signed registry's part is a shard; a plain one's (manifest.json and fixed paths) is a single document.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from registry_client.core.shapes import FOLDERS, Pointer, Snapshot, Tombstone, is_name

# Part -> key -> the bytes of its document.
Loaded = dict[str, dict[str, bytes]]


class View(Protocol):
    """One whole. `loaded` grows; nothing else changes."""

    loaded: Loaded

    @property
    def serial(self) -> int | None:
        """None for a plain registry that has none."""

    @property
    def published_at(self) -> datetime | None: ...

    @property
    def expires_at(self) -> datetime | None: ...

    @property
    def aliases(self) -> Mapping[str, str]:
        """Old key -> key."""

    @property
    def removed(self) -> Mapping[str, Tombstone]:
        """Key -> what became of it."""

    def parts_below(self, prefix: str) -> list[str]:
        """The parts that hold everything below `providers`, `providers/cms` and so on."""

    def parts_for(self, key: str) -> list[str]:
        """The parts that a key may be in, the likely one first."""


@dataclass(slots=True)
class SignedView:
    """A snapshot, named by a verified pointer."""

    pointer: Pointer
    snapshot: Snapshot
    loaded: Loaded = field(default_factory=dict)

    @property
    def serial(self) -> int | None:
        return self.snapshot.serial

    @property
    def published_at(self) -> datetime | None:
        return self.snapshot.published_at

    @property
    def expires_at(self) -> datetime | None:
        return self.pointer.expires_at

    @property
    def aliases(self) -> Mapping[str, str]:
        return self.snapshot.aliases

    @property
    def removed(self) -> Mapping[str, Tombstone]:
        return self.snapshot.removed

    def parts_below(self, prefix: str) -> list[str]:
        return self.snapshot.shards_of(prefix)

    def parts_for(self, key: str) -> list[str]:
        likely = self.snapshot.shard_of(key)
        rest = [name for name in self.snapshot.shards_of(key.rpartition("/")[0]) if name != likely]
        return [likely, *rest] if likely in self.snapshot.shards and likely else rest

    def digests(self) -> frozenset[str]:
        """Of every file that it needs."""
        return frozenset({self.pointer.sha256, *(bundle.sha256 for bundle in self.snapshot.bundles.values())})


@dataclass(slots=True)
class PlainView:
    """A manifest as it was found. `before`: key -> (ETag, bytes) of documents that may still be the same."""

    manifest: Mapping[str, Any]
    keys: frozenset[str]
    etag: str | None = None
    loaded: Loaded = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    before: Mapping[str, tuple[str | None, bytes]] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        aliases = self.manifest.get("aliases")
        listed = aliases.items() if isinstance(aliases, dict) else ()
        self.aliases = {old: key for old, key in listed if isinstance(old, str) and isinstance(key, str)}

    @property
    def serial(self) -> int | None:
        serial = self.manifest.get("serial")
        return serial if type(serial) is int else None

    @property
    def published_at(self) -> datetime | None:
        try:
            return datetime.fromisoformat(self.manifest["last_updated"])
        except (KeyError, TypeError, ValueError):
            return None

    @property
    def expires_at(self) -> datetime | None:
        return None

    @property
    def removed(self) -> Mapping[str, Tombstone]:
        return {}

    def parts_below(self, prefix: str) -> list[str]:
        return sorted(key for key in self.keys if key.startswith(f"{prefix}/"))

    def parts_for(self, key: str) -> list[str]:
        return [key] if key in self.keys else []

    def documents_before(self) -> dict[str, tuple[str | None, bytes]]:
        """What the next view may use again."""
        found = {key: (self.etags.get(key), documents[key]) for key, documents in list(self.loaded.items())}
        return {**{key: value for key, value in self.before.items() if key in self.keys}, **found}


def manifest_keys(manifest: Mapping[str, Any]) -> frozenset[str]:
    """Every key that a manifest names; what could not be an address is left out."""
    return frozenset(
        f"{folder}/{name}" if folder == "builders" else f"{folder}/{group}/{name}"
        for folder in FOLDERS
        for group, names in _groups(manifest.get(folder))
        for name in names
        if is_name(name)
    )


def render_manifest(view: View, documents: Mapping[str, Mapping[str, Any]], *, url: str) -> dict[str, Any]:
    """The manifest of the fixed paths, told from a snapshot and all its documents."""
    if isinstance(view, PlainView):
        return dict(view.manifest)
    folders: dict[str, dict[str, list[str]]] = {folder: {} for folder in FOLDERS}
    for key, document in sorted(documents.items()):
        folder, *_, name = key.split("/")
        folders[folder].setdefault(group_of(key, document), []).append(name)
    schemas = view.snapshot.schemas if isinstance(view, SignedView) else {}
    return {
        "schema_version": schemas.get("manifest", "1.0.0"),
        "last_updated": time_text(view.published_at),
        "serial": view.serial,
        **folders,
        "aliases": dict(view.aliases),
        "cdn_urls": {"base": url, "manifest": f"{url}/manifest.json"},
    }


def group_of(key: str, document: Mapping[str, Any]) -> str:
    """What the manifest lists an entry under: its type or category in the path, or a builder's category."""
    return key.split("/")[1] if key.count("/") == 2 else str(document.get("category", ""))


def time_text(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def _groups(folder: object) -> Iterable[tuple[str, list[Any]]]:
    if not isinstance(folder, dict):
        return []
    return [(group, names) for group, names in folder.items() if is_name(group) and isinstance(names, list)]
