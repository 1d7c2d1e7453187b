"""The published shapes: bytes -> frozen dataclasses. Unknown members are ignored: newer registries have more.

Reference: "The published tree" in the registry's documentation. Everything here raises Malformed.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from registry_client.core.content import parse_object
from registry_client.errors import Malformed

POINTER_PATH = "current.json"
KEYS_PATH = "keys.json"
MANIFEST_PATH = "manifest.json"
FOLDERS = ("providers", "builders", "stacks")
SHA256 = re.compile(r"[0-9a-f]{64}")
SNAPSHOT_PATH = re.compile(r"snapshots/[0-9]{1,20}-[0-9a-f]{12}\.json")
# One part of a key. Whatever is no name cannot be part of an address either.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
Shape = TypeVar("Shape")


@dataclass(frozen=True, slots=True)
class Pointer:
    """What `current.json` says: which snapshot is live, and until when that may be believed."""

    serial: int
    snapshot: str
    sha256: str
    published_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class File:
    """An immutable file of the tree: its path and what its bytes must be."""

    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An entry that was removed with this serial."""

    key: str
    serial: int
    reason: str
    replacement: str | None


@dataclass(frozen=True, slots=True)
class IndexLine:
    """One entry as the index lists it: where its document is, and the number of its revision."""

    key: str
    sha256: str
    size_bytes: int
    revision: int
    lifecycle: str

    @property
    def file(self) -> File:
        return File(object_path(self.sha256), self.sha256, self.size_bytes)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One published whole. `shards` and `bundles` have the same names, such as `providers/cms` or `providers/ssg#3`.

    `counts`: entries a shard. `aliases`: old key -> key. `removed`: key -> Tombstone. `parent`: path of the one before.
    """

    serial: int
    parent: str | None
    published_at: datetime
    shards: Mapping[str, File]
    bundles: Mapping[str, File]
    counts: Mapping[str, int]
    schemas: Mapping[str, str]
    aliases: Mapping[str, str]
    removed: Mapping[str, Tombstone]
    rolled_back_to: int | None

    @property
    def count(self) -> int:
        """How many entries it has."""
        return sum(self.counts.values())

    def shards_of(self, prefix: str) -> list[str]:
        """Names of the shards of a group (`providers/cms`), or of all groups of a folder (`providers`)."""
        return sorted(
            name
            for name in self.shards
            if (group := name.partition("#")[0]) == prefix or group.startswith(f"{prefix}/")
        )

    def shard_of(self, key: str) -> str | None:
        """The shard that a key is in, if it is published; None if nothing of its group is."""
        group = key.rpartition("/")[0]
        names = [name for name in self.shards if name.partition("#")[0] == group]
        if len(names) < 2:
            return names[0] if names else None
        number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) % len(names)
        return f"{group}#{number}"


def parse_pointer(content: bytes) -> Pointer:
    """The payload of `current.json`, which must have been verified before."""

    def read(members: dict[str, Any]) -> Pointer:
        if not SNAPSHOT_PATH.fullmatch(members["snapshot"]):
            raise ValueError("it names no snapshot")
        return Pointer(
            serial=_count(members["serial"], least=1),
            snapshot=members["snapshot"],
            sha256=_digest(members["sha256"]),
            published_at=_moment(members["published_at"]),
            expires_at=_moment(members["expires_at"]),
        )

    return _shaped(POINTER_PATH, "pointer", parse_object(POINTER_PATH, content), read)


def parse_snapshot(path: str, content: bytes) -> Snapshot:
    """The snapshot in these bytes, whose digest must have been checked before."""

    def read(members: dict[str, Any]) -> Snapshot:
        shards, bundles = members["shards"], members["bundles"]
        if shards.keys() != bundles.keys():
            raise ValueError("its shards and bundles have different names")
        return Snapshot(
            serial=_count(members["serial"], least=1),
            parent=_optional(members.get("parent"), _text),
            published_at=_moment(members["published_at"]),
            shards={name: _file(shard, index_path) for name, shard in shards.items()},
            bundles={name: _file(bundle, bundle_path) for name, bundle in bundles.items()},
            counts={name: _count(shard["count"]) for name, shard in shards.items()},
            schemas={_text(name): _text(version) for name, version in members.get("schemas", {}).items()},
            aliases={_text(old): _text(key) for old, key in members.get("aliases", {}).items()},
            removed={stone["key"]: _tombstone(stone) for stone in members.get("removed", [])},
            rolled_back_to=_optional(members.get("rolled_back_to"), _count),
        )

    return _shaped(path, "snapshot", parse_object(path, content), read)


def parse_index(path: str, content: bytes) -> dict[str, IndexLine]:
    """One shard of the index: key -> IndexLine."""

    def read(members: dict[str, Any]) -> dict[str, IndexLine]:
        return {key: _index_line(key, line) for key, line in members.items()}

    return _shaped(path, "part of an index", parse_object(path, content), read)


def is_name(name: object) -> bool:
    return isinstance(name, str) and NAME.fullmatch(name) is not None


def is_key(key: str) -> bool:
    """Whether it could be a key: names, that lead nowhere else as a path; newer registries may have more folders."""
    names = key.split("/")
    return 2 <= len(names) <= 4 and all(map(is_name, names))


def object_path(sha256: str) -> str:
    return f"objects/{sha256[:2]}/{sha256}.json"


def index_path(sha256: str) -> str:
    return f"index/{sha256}.json"


def bundle_path(sha256: str) -> str:
    return f"bundles/{sha256}.json.gz"


def _shaped(path: str, what: str, members: dict[str, Any], read: Callable[[dict[str, Any]], Shape]) -> Shape:
    try:
        return read(members)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(f"{path} is no {what}: {error!r}") from error


def _file(members: Mapping[str, Any], path_of: Callable[[str], str]) -> File:
    sha256 = _digest(members["sha256"])
    return File(path_of(sha256), sha256, _count(members["size_bytes"]))


def _index_line(key: str, line: Mapping[str, Any]) -> IndexLine:
    return IndexLine(
        key, _digest(line["sha256"]), _count(line["size_bytes"]), _count(line["revision"]), _text(line["lifecycle"])
    )


def _tombstone(members: Mapping[str, Any]) -> Tombstone:
    replacement = _optional(members.get("replacement"), _text)
    return Tombstone(_text(members["key"]), _count(members["serial"]), _text(members["reason"]), replacement)


def _optional(value: Any, read: Callable[[Any], Shape]) -> Shape | None:
    return None if value is None else read(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _digest(value: Any) -> str:
    if not SHA256.fullmatch(value):
        raise ValueError("a digest is none")
    return str(value)


def _count(value: Any, *, least: int = 0) -> int:
    if type(value) is not int or value < least:
        raise ValueError(f"{value!r} is no count")
    return value


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone")
    return moment
