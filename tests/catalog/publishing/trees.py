"""A published tree as a dict of bytes, and ways to damage it."""

import json
from collections.abc import Callable
from typing import Any

from catalog.documents.canonical import canonical_bytes, sha256_hex
from catalog.publishing.pointer import Pointer, parse_pointer, render_pointer
from catalog.publishing.verify import Report, verify_tree
from tests.factories import KEY

Tree = dict[str, bytes]
SANITY_COPY = "providers/cms/sanity.json"


def check(tree: Tree) -> Report:
    return verify_tree(tree.get)


def pointer_in(tree: Tree) -> Pointer:
    return parse_pointer(tree["current.json"])


def snapshot_in(tree: Tree) -> dict[str, Any]:
    snapshot: dict[str, Any] = json.loads(tree[pointer_in(tree).snapshot])
    return snapshot


def live_path(tree: Tree, kind: str) -> str:
    """A file of this kind that a reader of the live snapshot comes by."""
    snapshot, shard = snapshot_in(tree), snapshot_in(tree)["shards"]["providers/cms"]["sha256"]
    index = json.loads(tree[f"index/{shard}.json"])
    digest = index["providers/cms/sanity"]["sha256"]
    return {
        "object": f"objects/{digest[:2]}/{digest}.json",
        "index": f"index/{shard}.json",
        "bundle": f"bundles/{snapshot['bundles']['providers/cms']['sha256']}.json.gz",
        "snapshot": pointer_in(tree).snapshot,
        "schema": "schemas/provider/1.0.0.json",
        "pointer": "current.json",
        "manifest": "manifest.json",
        "copy": SANITY_COPY,
    }[kind]


KINDS = ["object", "index", "bundle", "snapshot", "schema", "pointer", "manifest", "copy"]


def change_snapshot(tree: Tree, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the snapshot and make the pointer name it, as a faulty publisher would."""
    snapshot, pointer = snapshot_in(tree), pointer_in(tree)
    change(snapshot)
    content = canonical_bytes(snapshot)
    tree[pointer.snapshot] = content
    changed = Pointer(pointer.serial, pointer.snapshot, sha256_hex(content), pointer.published_at, pointer.expires_at)
    tree["current.json"] = render_pointer(changed, [KEY]).content


def change_json(tree: Tree, path: str, **members: Any) -> None:
    tree[path] = json.dumps({**json.loads(tree[path]), **members}).encode()
