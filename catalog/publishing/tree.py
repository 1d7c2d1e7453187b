"""The published tree: its paths, headers and bytes; pure.

The same revisions, serial and time give the same bytes on every store. Bytes under a name with a digest are
canonical JSON (RFC 8785); the copies at fixed paths are indented, since people read them too.
"""

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from catalog.documents.canonical import canonical_bytes, sha256_hex
from catalog.schemas.library import CURRENT_VERSIONS

POINTER_PATH = "current.json"
MANIFEST_PATH = "manifest.json"
FALLBACK_PATH = "fallback.json"
KEYS_PATH = "keys.json"

IMMUTABLE = "public, max-age=31536000, immutable"
POINTER_CACHE = "public, max-age=15, s-maxage=15, stale-while-revalidate=30, stale-if-error=86400"
COPY_CACHE = "public, max-age=60, s-maxage=300, stale-while-revalidate=60, stale-if-error=86400"
CACHE_BY_PATH = {
    POINTER_PATH: POINTER_CACHE,
    MANIFEST_PATH: POINTER_CACHE,
    FALLBACK_PATH: "public, max-age=5",
    KEYS_PATH: "public, max-age=3600",
}
CACHE_BY_FOLDER = {
    "objects": IMMUTABLE,
    "index": IMMUTABLE,
    "bundles": IMMUTABLE,
    "snapshots": IMMUTABLE,
    "schemas": IMMUTABLE,
    "providers": COPY_CACHE,
    "builders": COPY_CACHE,
    "stacks": COPY_CACHE,
}

# A shard holds at most this many entries. One change rewrites one shard; a cold client reads all of them.
SHARD_LIMIT = 1024
BUNDLE_LEVEL = 6


@dataclass(frozen=True, slots=True)
class TreeFile:
    """One file to write: path within the tree, and its bytes."""

    path: str
    content: bytes


class IndexLine(NamedTuple):
    """One entry as a shard lists it; `revision_id` finds its document and is not published.

    A tuple, since one change makes a thousand of them.
    """

    key: str
    sha256: str
    size_bytes: int
    revision: int
    lifecycle: str
    revision_id: int


def content_type_of(path: str) -> str:
    return "application/gzip" if path.endswith(".gz") else "application/json"


def cache_control_of(path: str) -> str:
    """The Cache-Control of a path; raises KeyError for what is no path of the tree."""
    return CACHE_BY_PATH.get(path) or CACHE_BY_FOLDER[path.partition("/")[0]]


def time_text(moment: datetime) -> str:
    """UTC, to the second, as RFC 3339 with Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def group_of(key: str) -> str:
    """`providers/cms/sanity` -> `providers/cms`: the part of the index that an entry is in."""
    return key.rpartition("/")[0]


def shard_count(entries: int) -> int:
    """How many shards a group of this size has: a power of two, so that it rarely changes."""
    count = 1
    while entries > count * SHARD_LIMIT:
        count *= 2
    return count


def shard_name(key: str, count: int) -> str:
    """The shard of a key in a group of `count` shards: `providers/ssg`, or `providers/ssg#3` where there are more."""
    if count == 1:
        return group_of(key)
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) % count
    return f"{group_of(key)}#{number}"


def object_path(sha256: str) -> str:
    return f"objects/{sha256[:2]}/{sha256}.json"


def index_path(sha256: str) -> str:
    return f"index/{sha256}.json"


def bundle_path(sha256: str) -> str:
    return f"bundles/{sha256}.json.gz"


def schema_path(name: str, version: str) -> str:
    return f"schemas/{name}/{version}.json"


def snapshot_path(serial: int, sha256: str) -> str:
    return f"snapshots/{serial:08d}-{sha256[:12]}.json"


def copy_path(key: str) -> str:
    return f"{key}.json"


def render_shard(lines: Iterable[IndexLine]) -> bytes:
    """The index of one shard, canonical: names of ASCII and integers, in order.

    One change renders a thousand lines; the general way takes longer than all requests of a publish.
    """
    members = (
        f'"{line.key}":{{"lifecycle":"{line.lifecycle}","revision":{line.revision},'
        f'"sha256":"{line.sha256}","size_bytes":{line.size_bytes}}}'
        for line in sorted(lines)
    )
    return f"{{{','.join(members)}}}".encode()


def render_bundle(documents: Mapping[str, str]) -> bytes:
    """Gzip of one JSON object, key -> document, from canonical texts; without a time, for reproducible bytes.

    gzip's own level: one change compresses a whole shard, and the highest takes twice as long for a hundredth less.
    """
    members = ",".join(f'"{key}":{documents[key]}' for key in sorted(documents))
    return gzip.compress(f"{{{members}}}".encode(), BUNDLE_LEVEL, mtime=0)


def render_snapshot(
    *,
    serial: int,
    parent: str | None,
    published_at: datetime,
    shards: Mapping[str, Any],
    bundles: Mapping[str, Any],
    aliases: Mapping[str, str],
    removed: Iterable[Mapping[str, Any]],
    rolled_back_to: int | None,
) -> TreeFile:
    content = canonical_bytes(
        {
            "serial": serial,
            "parent": parent,
            "published_at": time_text(published_at),
            "shards": dict(shards),
            "bundles": dict(bundles),
            "schemas": CURRENT_VERSIONS,
            "aliases": dict(aliases),
            "removed": sorted(removed, key=lambda tombstone: str(tombstone["key"])),
            "rolled_back_to": rolled_back_to,
        }
    )
    return TreeFile(snapshot_path(serial, sha256_hex(content)), content)


def render_manifest(
    keys: Iterable[tuple[str, str]], *, serial: int, published_at: datetime, aliases: Mapping[str, str], public_url: str
) -> TreeFile:
    """The manifest of the source documents. `keys` are (key, group name): builders are grouped by their category."""
    folders: dict[str, dict[str, list[str]]] = {"providers": {}, "builders": {}, "stacks": {}}
    for key, group in sorted(keys):
        folders[key.partition("/")[0]].setdefault(group, []).append(key.rpartition("/")[2])
    base = f"{public_url}/" if public_url else ""
    return TreeFile(
        MANIFEST_PATH,
        indented(
            {
                "schema_version": CURRENT_VERSIONS["manifest"],
                "last_updated": time_text(published_at),
                "serial": serial,
                **folders,
                "aliases": dict(aliases),
                "cdn_urls": {"base": public_url, "manifest": f"{base}{MANIFEST_PATH}"},
            }
        ),
    )


def render_copy(key: str, document: Mapping[str, Any], *, last_updated: datetime, serial: int) -> TreeFile:
    """A document at its fixed path; its serial makes the bytes unique: a reverted change never has the old ETag."""
    return TreeFile(copy_path(key), indented(stamp(document, last_updated=last_updated, serial=serial)))


def stamp(document: Mapping[str, Any], *, last_updated: datetime, serial: int) -> dict[str, Any]:
    """A document as readers get it: with the time of its revision and the serial of its last change."""
    return {**document, "last_updated": time_text(last_updated), "serial": serial}


def render_fallback(public_url: str) -> TreeFile:
    """The body of every 404."""
    return TreeFile(
        FALLBACK_PATH,
        indented(
            {
                "status": 404,
                "title": "Nothing is published under this path",
                "detail": "The manifest lists every name that is published.",
                "manifest": f"{public_url}/{MANIFEST_PATH}" if public_url else f"/{MANIFEST_PATH}",
            }
        ),
    )


def indented(value: Any) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
