"""`verify`: every fault of a tree is found and named, at an address and in a folder."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from catalog.publishing.signing import new_key
from tests.client.cli.conftest import Run
from tests.client.registry import MemoryRegistry
from tests.factories import KEY

DECAP = "providers/cms/decap.json"
Damage = Callable[[MemoryRegistry], object]


def live(registry: MemoryRegistry, kind: str) -> str:
    """The file of a kind that has providers/cms."""
    snapshot = json.loads(registry.files[registry.snapshots()[-1]])
    shard = f"index/{snapshot['shards']['providers/cms']['sha256']}.json"
    if kind == "objects":
        sha256 = json.loads(registry.files[shard])["providers/cms/decap"]["sha256"]
        return f"objects/{sha256[:2]}/{sha256}.json"
    return {"index": shard, "snapshots": registry.snapshots()[-1], "bundles": registry.bundle_of("providers/cms")}[kind]


def flip(registry: MemoryRegistry, path: str) -> None:
    content = bytearray(registry.files[path])
    content[len(content) // 2] ^= 1
    registry.files[path] = bytes(content)


def edit(registry: MemoryRegistry, path: str, **members: object) -> None:
    registry.files[path] = json.dumps({**json.loads(registry.files[path]), **members}).encode()


def resign(registry: MemoryRegistry) -> None:
    registry.point_to(registry.snapshots()[-1], keys=(new_key(),))


def expire(registry: MemoryRegistry) -> None:
    registry.now -= timedelta(days=30)
    registry.point_to(registry.snapshots()[-1])


def test_whole_tree_is_said_to_be_whole(run: Run, url: str, registry: MemoryRegistry) -> None:
    ran = run("verify", "--json", url=url)
    checked = {
        "bundles": 3, "copies": 7, "index": 3, "keys": 1, "manifest": 1, "objects": 7, "pointer": 1, "schemas": 9,
        "snapshot": 1,
    }  # fmt: skip
    published_at = json.loads(registry.files[registry.snapshots()[-1]])["published_at"]
    assert ran.code == 0
    assert ran.json == {
        "tree": url,
        "valid": True,
        "serial": 2,
        "published_at": published_at,
        "expires_at": ran.json["expires_at"],
        "keys": {"source": "its own", "kids": [KEY.kid]},
        "checked": checked,
        "faults": [],
    }
    assert run("verify", url=url).out.startswith("Serial 2 is whole: 3 bundles, 7 copies, 3 index,")


@pytest.mark.parametrize(
    ("damage", "path", "code"),
    [
        (lambda r: flip(r, live(r, "objects")), "objects", "digest"),
        (lambda r: flip(r, live(r, "bundles")), "bundles", "digest"),
        (lambda r: flip(r, live(r, "index")), "index", "digest"),
        (lambda r: flip(r, live(r, "snapshots")), "snapshots", "digest"),
        (lambda r: r.files.pop(live(r, "objects")), "objects", "missing"),
        (lambda r: r.files.pop(live(r, "bundles")), "bundles", "missing"),
        (lambda r: r.files.pop(DECAP), DECAP, "missing"),
        (lambda r: r.files.pop("manifest.json"), "manifest.json", "missing"),
        (lambda r: r.files.pop("current.json"), "current.json", "missing"),
        (lambda r: r.files.pop("schemas/stack/1.0.0.json"), "schemas/stack/1.0.0.json", "missing"),
        (lambda r: edit(r, "schemas/stack/1.0.0.json", **{"$id": "other"}), "schemas/stack/1.0.0.json", "mismatch"),
        (lambda r: edit(r, DECAP, display_name="Mine"), DECAP, "mismatch"),
        (lambda r: edit(r, DECAP, serial=3), DECAP, "mismatch"),
        (lambda r: edit(r, "manifest.json", serial=1), "manifest.json", "mismatch"),
        (lambda r: edit(r, "manifest.json", providers={}), "manifest.json", "mismatch"),
        (lambda r: edit(r, "manifest.json", aliases={}), "manifest.json", "mismatch"),
        (lambda r: r.files.update({"manifest.json": b"[]"}), "manifest.json", "mismatch"),
        (lambda r: r.files.update({"current.json": b"{}"}), "current.json", "malformed"),
        (resign, "current.json", "unknown_key"),
        (expire, "current.json", "expired"),
        (lambda r: r.files.update({"keys.json": b'{"keys": []}'}), "current.json", "unknown_key"),
        (lambda r: r.point_to(r.snapshots()[0], serial=2), "snapshots", "mismatch"),
    ],
)
def test_fault_is_named(run: Run, url: str, registry: MemoryRegistry, damage: Damage, path: str, code: str) -> None:
    damage(registry)
    ran = run("verify", "--json", url=url)
    found = [(fault["path"].partition("/")[0], fault["code"]) for fault in ran.json["faults"]]
    assert (ran.code, ran.json["valid"]) == (1, False)
    assert (path.partition("/")[0], code) in found
    assert run("verify", url=url).code == 1


def test_every_fault_is_listed(run: Run, url: str, registry: MemoryRegistry) -> None:
    paths = sorted([live(registry, "objects"), live(registry, "bundles"), "providers/cms/tina.json"])
    for path in paths:
        del registry.files[path]
    edit(registry, "manifest.json", serial=7)
    ran = run("verify", url=url)
    assert [line.split("\t")[:2] for line in ran.out.splitlines()] == [
        *([path, "missing"] for path in paths if path < "manifest.json"),
        ["manifest.json", "mismatch"],
        *([path, "missing"] for path in paths if path > "manifest.json"),
    ]
    assert ran.err.startswith("4 faults. Read: ")


def test_pinned_and_remembered_keys_are_those_that_count(
    run: Run, url: str, registry: MemoryRegistry, tmp_path: Path
) -> None:
    pinned = tmp_path / "keys.json"
    pinned.write_text(json.dumps([KEY.x]))
    assert run("verify", "--keys", str(pinned), "--json", url=url).json["keys"]["source"] == "pinned"
    run("list", url=url)
    assert run("verify", "--json", url=url).json["keys"] == {"source": "remembered", "kids": [KEY.kid]}
    # An attacker who owns the server signs with a key of his own, and announces it.
    registry.keys[:] = [new_key()]
    registry._announced.clear()
    registry.announce()
    registry.point_to(registry.snapshots()[-1])
    assert run("verify", "--json", "--no-cache", url=url).code == 0
    for trusting in (("--keys", str(pinned)), ()):
        ran = run("verify", "--json", *trusting, url=url)
        assert (ran.code, [fault["code"] for fault in ran.json["faults"]]) == (1, ["unknown_key"])


def test_nobody_there_is_3(run: Run, tmp_path: Path) -> None:
    ran = run("verify", "--json", url="http://127.0.0.1:9")
    assert (ran.code, {fault["code"] for fault in ran.json["faults"]}) == (3, {"unavailable"})
    assert run("verify", str(tmp_path / "nothing")).code == 1
