"""What was published once is read for ever, and what newer registries add does not disturb.

`kept/1.0.0` is the tree of the first release, as it was written; it never changes. Its key is gone, so nobody can sign
another.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from registry_client import RegistryClient, SnapshotNotFound

from catalog.documents.canonical import canonical_bytes, sha256_hex
from catalog.publishing.signing import decode, encode, sign
from catalog.publishing.tree import bundle_path, index_path, render_bundle, snapshot_path
from tests.client.conftest import Make, Seconds
from tests.client.registry import MemoryRegistry
from tests.client.serving import URL, Server
from tests.factories import KEY, SANITY


@pytest.mark.parametrize("root", sorted(Path(__file__).parent.glob("kept/*")), ids=lambda root: root.name)
def test_kept_tree_is_read(make_client: Make, clock: Seconds, root: Path) -> None:
    clock.now = datetime(2030, 1, 3, tzinfo=UTC).timestamp()
    client = make_client(root.as_uri(), trusted_keys=json.loads((root / "keys.json").read_text()))
    assert client.get_provider("cms", "sanity") == SANITY
    assert client.get_provider("cms", "netlify_cms")["provider_name"] == "decap"
    assert client.get_manifest() == json.loads((root / "manifest.json").read_text()) | {
        "cdn_urls": {"base": client.url, "manifest": f"{client.url}/manifest.json"}
    }
    assert [change.verb for change in client.get_changes(client.get_snapshot(1), client.get_snapshot())] == ["removed"]
    assert client.get_index(client.get_snapshot()).keys() == {*client.get_index(client.get_snapshot(1))} - {
        "providers/cms/tina"
    }


def add_to_everything(registry: MemoryRegistry) -> None:
    """Members, kinds of entries, keys and signatures that nobody knows yet."""
    files = registry.files
    snapshot = json.loads(files[registry.snapshots()[-1]])
    theme = {"theme_name": "dark", "schema_version": "2.0.0"}
    content = canonical_bytes(theme)
    index = json.dumps(
        {
            "themes/a/b/dark": {
                "sha256": sha256_hex(content),
                "size_bytes": len(content),
                "revision": 1,
                "lifecycle": "odd",
            }
        }
    ).encode()
    bundle = render_bundle({"themes/a/b/dark": content.decode()})
    files |= {index_path(sha256_hex(index)): index, bundle_path(sha256_hex(bundle)): bundle}
    snapshot["shards"]["themes/a/b"] = {"sha256": sha256_hex(index), "size_bytes": len(index), "count": 1, "more": 1}
    snapshot["bundles"]["themes/a/b"] = {"sha256": sha256_hex(bundle), "size_bytes": len(bundle), "packing": "gzip"}
    snapshot |= {"more": {"of": ["it"]}, "removed": [{"key": "a/b", "serial": 1, "reason": "r", "more": 1}]}
    written = canonical_bytes(snapshot)
    path = snapshot_path(snapshot["serial"], sha256_hex(written))
    files[path] = written
    pointer = json.loads(decode(json.loads(files["current.json"])["payload"]))
    pointer |= {"snapshot": path, "sha256": sha256_hex(written), "more": [1]}
    envelope = sign(canonical_bytes(pointer), [KEY])
    unknown = {"alg": "ML-DSA-44", "kid": "of-another-kind"}
    other = {"protected": encode(json.dumps(unknown).encode()), "signature": encode(b"x"), "header": {"more": 1}}
    envelope |= {"signatures": [other, *envelope["signatures"]], "more": True}
    files["current.json"] = json.dumps(envelope).encode()
    keys = json.loads(files["keys.json"])
    keys["keys"].insert(0, {"kty": "AKP", "alg": "ML-DSA-44", "kid": "of-another-kind", "pub": "x"})
    files["keys.json"] = json.dumps({**keys, "more": 1}).encode()


def test_newer_documents_are_read(client: RegistryClient, registry: MemoryRegistry) -> None:
    registry.publish({**SANITY, "schema_version": "1.7.0", "member_of_the_future": {"a": [1]}})
    add_to_everything(registry)
    assert client.get_provider("cms", "sanity")["member_of_the_future"] == {"a": [1]}
    assert len(client.get_manifest()["providers"]["cms"]) == 3
    assert client.get_entry("themes/a/b/dark")["theme_name"] == "dark"
    assert len(client.get_index(client.get_snapshot())) == 10


def test_group_of_several_shards_is_read(server: Server, make_client: Make) -> None:
    """As a group is published that has become too large for one: the shard of a key follows from its digest."""
    registry = large_registry(1100)
    server.registry = registry
    client = make_client(URL, trusted_keys=[KEY.x])
    assert client.get_provider("cms", "provider7")["provider_name"] == "provider7"
    assert len(server.seen()) == 3
    assert len(client.get_all_providers()) == 1100
    assert len(server.seen()) == 1
    assert [client.get_snapshot().shards_of("providers"), len(client.get_index(client.get_snapshot()))] == [
        ["providers/cms#0", "providers/cms#1"],
        1100,
    ]
    with pytest.raises(SnapshotNotFound):
        client.get_snapshot(9)


def large_registry(count: int) -> MemoryRegistry:
    registry = MemoryRegistry()
    registry.publish(*({**SANITY, "provider_name": f"provider{number}"} for number in range(count)))
    return registry
