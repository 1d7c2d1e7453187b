"""A published tree in memory, of serial 1: what a publish of these documents leaves, but for signatures."""

import base64
import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from catalog.documents.canonical import canonical_bytes, sha256_hex
from catalog.publishing.tree import (
    IndexLine,
    TreeFile,
    bundle_path,
    group_of,
    index_path,
    object_path,
    render_bundle,
    render_copy,
    render_shard,
    render_snapshot,
    shard_count,
    shard_name,
)
from indexer.tree import Tree

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def make_tree(documents: Iterable[dict[str, Any]]) -> Tree:
    texts: dict[str, str] = {}
    files: list[TreeFile] = []
    for document in documents:
        key = f"providers/{document['provider_type']}/{document['provider_name']}"
        texts[key] = canonical_bytes(document).decode()
        files.append(render_copy(key, document, last_updated=NOW, serial=1))
        files.append(TreeFile(object_path(sha256_hex(texts[key].encode())), texts[key].encode()))
    shards, bundles = {}, {}
    for name, keys in _shards(texts).items():
        lines = [IndexLine(key, sha256_hex(texts[key].encode()), len(texts[key]), 1, "active", 0) for key in keys]
        index, bundle = render_shard(lines), render_bundle({key: texts[key] for key in keys})
        shards[name] = {"sha256": sha256_hex(index), "size_bytes": len(index), "count": len(lines)}
        bundles[name] = {"sha256": sha256_hex(bundle), "size_bytes": len(bundle)}
        files += [TreeFile(index_path(sha256_hex(index)), index), TreeFile(bundle_path(sha256_hex(bundle)), bundle)]
    snapshot = render_snapshot(
        serial=1,
        parent=None,
        published_at=NOW,
        shards=shards,
        bundles=bundles,
        aliases={},
        removed=[],
        rolled_back_to=None,
    )
    written = {file.path: file.content for file in [*files, snapshot, _pointer(snapshot)]}
    return Tree(written.get)


def _shards(texts: dict[str, str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for key in sorted(texts):
        groups[group_of(key)].append(key)
    shards: dict[str, list[str]] = defaultdict(list)
    for keys in groups.values():
        for key in keys:
            shards[shard_name(key, shard_count(len(keys)))].append(key)
    return shards


def _pointer(snapshot: TreeFile) -> TreeFile:
    payload = {
        "serial": 1,
        "snapshot": snapshot.path,
        "sha256": sha256_hex(snapshot.content),
        "published_at": "2030-01-01T00:00:00Z",
    }
    text = base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")
    return TreeFile("current.json", json.dumps({"payload": text, "signatures": []}).encode())
