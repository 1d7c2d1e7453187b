"""What must agree in a published tree beyond digests: bundles, copies, manifest, aliases, schemas; pure.

Every function returns what is wrong as texts. Reference: "The published tree" in the registry's documentation.
"""

import re
from collections.abc import Mapping
from typing import Any

from registry_client.cli.entries import entry_of
from registry_client.core.content import gunzip, parse_object, sha256_hex, split_members
from registry_client.core.limits import MAX_UNPACKED_BYTES
from registry_client.core.searching import lifecycle_of
from registry_client.core.shapes import FOLDERS, IndexLine, Snapshot, is_key
from registry_client.core.views import manifest_keys, time_text
from registry_client.errors import Malformed

MANIFEST_PATH, FALLBACK_PATH, KEYS_PATH, POINTER_PATH = "manifest.json", "fallback.json", "keys.json", "current.json"
# What a copy at a fixed path has beside the document.
STAMPS = ("last_updated", "serial")
SCHEMA_NAME = re.compile(r"[a-z][a-z0-9-]{0,60}")
SCHEMA_VERSION = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){2}")
_DIGEST, _NAME = r"[0-9a-f]{64}", r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}"
# Every path that a publisher writes and a later one may leave behind.
PUBLISHED = re.compile(
    rf"objects/[0-9a-f]{{2}}/{_DIGEST}\.json|index/{_DIGEST}\.json|bundles/{_DIGEST}\.json\.gz"
    rf"|snapshots/[0-9]{{1,20}}-[0-9a-f]{{12}}\.json|schemas/{_NAME}/[0-9.]{{1,20}}\.json"
    rf"|(providers|stacks)/{_NAME}/{_NAME}\.json|builders/{_NAME}\.json"
)
TOP_LEVEL = frozenset(
    {"objects", "index", "bundles", "snapshots", "schemas", *FOLDERS}
    | {MANIFEST_PATH, FALLBACK_PATH, KEYS_PATH, POINTER_PATH}
)


def schema_paths(snapshot: Snapshot) -> list[str]:
    """Raises Malformed for a name that could be no part of a path."""
    for name, version in snapshot.schemas.items():
        if not SCHEMA_NAME.fullmatch(name) or not SCHEMA_VERSION.fullmatch(version):
            raise Malformed(f"The snapshot names a schema that cannot be: {name[:60]!r} {version[:60]!r}.")
    return sorted(f"schemas/{name}/{version}.json" for name, version in snapshot.schemas.items())


def shard_faults(name: str, lines: Mapping[str, IndexLine], snapshot: Snapshot) -> list[str]:
    faults = []
    if len(lines) != snapshot.counts[name]:
        faults.append(f"it has {len(lines)} entries, the snapshot says {snapshot.counts[name]}.")
    group = name.partition("#")[0]
    strangers = [key for key in lines if key.rpartition("/")[0] != group or not is_key(key)]
    return faults + [f"it has {key[:100]!r}, which is none of {name}." for key in strangers]


def unpack_bundle(path: str, content: bytes) -> dict[str, bytes]:
    """Key -> bytes of each document. Raises Malformed, TooLarge."""
    return split_members(path, gunzip(path, content, max_bytes=MAX_UNPACKED_BYTES))


def bundle_faults(documents: Mapping[str, bytes], lines: Mapping[str, IndexLine]) -> list[str]:
    """Whether a bundle has exactly the documents of its shard."""
    faults = [f"{key} is missing." for key in sorted(lines.keys() - documents.keys())]
    faults += [f"{key[:100]} is not in the index." for key in sorted(documents.keys() - lines.keys())]
    return faults + [
        f"{key} is another document than the index says."
        for key in sorted(lines.keys() & documents.keys())
        if sha256_hex(documents[key]) != lines[key].sha256
    ]


def document_faults(line: IndexLine, document: Mapping[str, Any]) -> list[str]:
    """Whether a document is where the index says, and what it says."""
    faults = []
    if entry_of(document).key != line.key:
        faults.append(f"it is the document of {entry_of(document).key[:200]}, the index says {line.key}.")
    if lifecycle_of(document) != line.lifecycle:
        faults.append(f"its lifecycle is not {line.lifecycle}, as the index says.")
    return faults


def copy_faults(key: str, content: bytes, document: Mapping[str, Any], *, serial: int) -> list[str]:
    """Whether the copy at a fixed path is the published document, stamped."""
    try:
        copy = parse_object(f"{key}.json", content)
    except Malformed as error:
        return [str(error)]
    if {name: value for name, value in copy.items() if name not in STAMPS} != document:
        return ["it is not the document of the live snapshot."]
    stamp = copy.get("serial")
    if type(stamp) is not int or stamp > serial or "last_updated" not in copy:
        return [f"its stamps are wrong: serial {str(stamp)[:40]}."]
    return []


def manifest_faults(content: bytes, snapshot: Snapshot, keys: frozenset[str]) -> list[str]:
    """Whether the manifest lists what the snapshot has."""
    try:
        manifest = parse_object(MANIFEST_PATH, content)
    except Malformed as error:
        return [str(error)]
    listed = _listed_keys(manifest)
    faults = [f"{key} is missing." for key in sorted(keys - listed)]
    faults += [f"it lists {key}, which is not published." for key in sorted(listed - keys)]
    said = {
        "serial": snapshot.serial,
        "last_updated": time_text(snapshot.published_at),
        "aliases": dict(snapshot.aliases),
    }
    return faults + [f"{name} is not what the snapshot says." for name in said if manifest.get(name) != said[name]]


def snapshot_faults(snapshot: Snapshot, keys: frozenset[str]) -> list[str]:
    """Whether the names of a snapshot lead somewhere."""
    faults = [
        f"the alias {old} leads to {key}, which is not published."
        for old, key in snapshot.aliases.items()
        if key not in keys
    ]
    faults += [f"the alias {old} is itself published." for old in snapshot.aliases if old in keys]
    return faults + [f"{key} is both published and removed." for key in snapshot.removed if key in keys]


def schema_faults(path: str, content: bytes) -> list[str]:
    try:
        schema = parse_object(path, content)
    except Malformed as error:
        return [str(error)]
    return [] if str(schema.get("$id", "")).endswith(path) else ["its $id does not end with its path."]


def _listed_keys(manifest: Mapping[str, Any]) -> frozenset[str]:
    try:
        return manifest_keys(manifest)
    except (TypeError, AttributeError):
        return frozenset()
