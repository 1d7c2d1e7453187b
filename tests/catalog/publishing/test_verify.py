"""The verifier finds every kind of damage, and names the file."""

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from catalog.documents.canonical import canonical_bytes, sha256_hex
from catalog.publishing.pointer import Pointer, parse_pointer, render_pointer
from catalog.publishing.stores.filesystem import FileSystemStore
from catalog.publishing.verify import Report, verify_tree
from tests.catalog.publishing.histories import approve_first_step, approve_second_step
from tests.factories import publish
from tests.stores import read_tree

Tree = dict[str, bytes]
SANITY_COPY = "providers/cms/sanity.json"


@pytest.fixture(scope="module")
def whole(django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The files of a registry with two snapshots; the database is empty again."""
    store = FileSystemStore(tmp_path_factory.mktemp("whole"))
    with django_db_blocker.unblock(), transaction.atomic():
        approve_first_step()
        publish(store)
        approve_second_step()
        publish(store)
        transaction.set_rollback(True)
    return read_tree(store)


@pytest.fixture
def tree(whole: Tree) -> Tree:
    return dict(whole)


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
    tree["current.json"] = render_pointer(changed).content


def change_json(tree: Tree, path: str, **members: Any) -> None:
    tree[path] = json.dumps({**json.loads(tree[path]), **members}).encode()


def test_whole_tree_has_no_problems(tree: Tree) -> None:
    report = check(tree)

    # pointer, snapshot, manifest; shard and bundle of three groups; object and copy of five; eight schemas.
    expected = Report(notes=["current.json is unsigned."], serial=2, documents=5, files=3 + 6 + 10 + 8)
    assert report == expected


def test_empty_tree_has_no_pointer() -> None:
    assert check({}) == Report(problems=["current.json: is missing."])


@pytest.mark.parametrize("kind", KINDS)
def test_missing_file_is_named(tree: Tree, kind: str) -> None:
    path = live_path(tree, kind)
    del tree[path]

    assert f"{path}: is missing." in check(tree).problems


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("where", ["first", "middle", "last"])
def test_flipped_byte_is_named(tree: Tree, kind: str, where: str) -> None:
    path = live_path(tree, kind)
    content = bytearray(tree[path])
    at = {"first": 0, "middle": len(content) // 2, "last": len(content.rstrip()) - 1}[where]
    content[at] ^= 1
    tree[path] = bytes(content)

    problems = check(tree).problems

    # A flipped byte of the pointer's payload may leave a pointer, to a snapshot that is not there.
    named = path if kind != "pointer" else ("current.json", "snapshots/")
    assert [problem for problem in problems if problem.startswith(named)] != []


@pytest.mark.parametrize("kind", KINDS)
def test_truncated_file_is_named(tree: Tree, kind: str) -> None:
    path = live_path(tree, kind)
    tree[path] = tree[path][:-10]

    assert [problem for problem in check(tree).problems if problem.startswith(f"{path}: ")] != []


@pytest.mark.parametrize("kind", ["object", "index", "snapshot", "bundle"])
def test_exchanged_file_of_the_same_size_is_named(tree: Tree, kind: str) -> None:
    path = live_path(tree, kind)
    tree[path] = b" " * len(tree[path])

    assert f"{path}: its digest is not the one that names it." in check(tree).problems


def test_size_that_is_not_said_is_named(tree: Tree) -> None:
    path = live_path(tree, "object")
    size = len(tree[path])
    tree[path] += b"\n"

    assert f"{path}: has {size + 1} bytes instead of {size}." in check(tree).problems


def test_wrong_count_is_named(tree: Tree) -> None:
    change_snapshot(tree, lambda snapshot: snapshot["shards"]["providers/cms"].update(count=7))

    assert f"{live_path(tree, 'index')}: has 2 entries, the snapshot says 7." in check(tree).problems


def test_alias_to_nowhere_is_named(tree: Tree) -> None:
    change_snapshot(tree, lambda snapshot: snapshot["aliases"].update({"providers/cms/old": "providers/cms/gone"}))

    problems = check(tree).problems

    assert "snapshot: the alias providers/cms/old leads to providers/cms/gone, which is not published." in problems
    assert "manifest.json: aliases is not what the snapshot says." in problems


def test_alias_of_an_entry_is_named(tree: Tree) -> None:
    change_snapshot(tree, lambda snapshot: snapshot["aliases"].update({"builders/hugo": "builders/jekyll"}))

    assert "snapshot: the alias builders/hugo is itself a published entry." in check(tree).problems


def test_other_serial_is_named(tree: Tree) -> None:
    change_snapshot(tree, lambda snapshot: snapshot.update(serial=3))

    assert f"{live_path(tree, 'snapshot')}: its serial is 3, the pointer says 2." in check(tree).problems


def test_missing_bundle_name_is_named(tree: Tree) -> None:
    change_snapshot(tree, lambda snapshot: snapshot["bundles"].pop("builders"))

    assert check(tree).problems == ["snapshot: its shards and bundles have different names."]


def test_group_that_is_gone_is_seen_in_the_manifest(tree: Tree) -> None:
    def forget(snapshot: dict[str, Any]) -> None:
        del snapshot["shards"]["builders"], snapshot["bundles"]["builders"]

    change_snapshot(tree, forget)

    assert check(tree).problems == [
        "stacks/foundation/marketing: /builder names builders/jekyll, which is not published.",
        "manifest.json: builders is not what the snapshot says.",
    ]


def test_exchanged_documents_are_named(tree: Tree) -> None:
    """An index that leads to the wrong objects, with digests that are all right."""
    path = live_path(tree, "index")
    index = json.loads(tree[path])
    names = ("providers/cms/sanity", "providers/cms/contentful")
    index[names[0]], index[names[1]] = index[names[1]], index[names[0]]
    content = canonical_bytes(index)
    tree[f"index/{sha256_hex(content)}.json"] = content
    change_snapshot(tree, lambda snapshot: snapshot["shards"]["providers/cms"].update(sha256=sha256_hex(content)))

    problems = check(tree).problems

    assert [problem for problem in problems if "the index says providers/cms/sanity." in problem] != []
    assert f"{live_path(tree, 'bundle')}: holds other documents than the index of providers/cms." in problems


def test_other_lifecycle_is_named(tree: Tree) -> None:
    index = json.loads(tree[live_path(tree, "index")])
    index["providers/cms/sanity"]["lifecycle"] = "deprecated"
    content = canonical_bytes(index)
    tree[f"index/{sha256_hex(content)}.json"] = content
    said = {"sha256": sha256_hex(content), "size_bytes": len(content)}
    change_snapshot(tree, lambda snapshot: snapshot["shards"]["providers/cms"].update(said))

    assert check(tree).problems == [f"{live_path(tree, 'object')}: its lifecycle is not deprecated as the index says."]


@pytest.mark.parametrize("content", [gzip.compress(b"{"), b"no gzip", gzip.compress(b"{}")[:-4]])
def test_bundle_that_cannot_be_unpacked_is_named(tree: Tree, content: bytes) -> None:
    tree[f"bundles/{sha256_hex(content)}.json.gz"] = content
    said = {"sha256": sha256_hex(content), "size_bytes": len(content)}
    change_snapshot(tree, lambda snapshot: snapshot["bundles"]["builders"].update(said))

    problems = check(tree).problems

    assert [problem for problem in problems if problem.startswith(f"bundles/{sha256_hex(content)}.json.gz: cannot be")]
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"serial": 1}, "manifest.json: serial is not what the snapshot says."),
        ({"aliases": {}}, "manifest.json: aliases is not what the snapshot says."),
        ({"providers": {"cms": ["sanity"]}}, "manifest.json: providers is not what the snapshot says."),
        ({"last_updated": "2030-01-02T00:00:01Z"}, "manifest.json: last_updated is not what the snapshot says."),
        (
            {"cdn_urls": {"base": "https://x.test", "manifest": "https://y.test/manifest.json"}},
            "manifest.json: cdn_urls is not what the snapshot says.",
        ),
        ({"stacks": {}}, "manifest.json: stacks is not what the snapshot says."),
        ({"schema_version": "0.9.0"}, "manifest.json: /schema_version: This must be '1.0.0'."),
    ],
)
def test_wrong_manifest_is_named(tree: Tree, members: dict[str, Any], problem: str) -> None:
    change_json(tree, "manifest.json", **members)

    assert check(tree).problems == [problem]


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"display_name": "Other"}, f"{SANITY_COPY}: is not the document of the live snapshot."),
        ({"serial": 3}, f"{SANITY_COPY}: its stamps are wrong: 3."),
        ({"serial": "2"}, f"{SANITY_COPY}: /serial: This must be of type integer."),
        ({"surprise": 1}, f"{SANITY_COPY}: /surprise: There is no such member here."),
    ],
)
def test_wrong_copy_is_named(tree: Tree, members: dict[str, Any], problem: str) -> None:
    change_json(tree, SANITY_COPY, **members)

    assert check(tree).problems == [problem]


def test_copy_without_stamps_is_named(tree: Tree) -> None:
    tree[SANITY_COPY] = tree[live_path(tree, "object")]

    assert check(tree).problems == [f"{SANITY_COPY}: its stamps are wrong: ['last_updated', 'serial']."]


@pytest.mark.parametrize("members", [{"$id": "schemas/provider/9.9.9.json"}, {"title": "Other"}, {"required": []}])
def test_changed_schema_is_named(tree: Tree, members: dict[str, Any]) -> None:
    change_json(tree, "schemas/provider/1.0.0.json", **members)

    assert [problem for problem in check(tree).problems if problem.startswith("schemas/provider/1.0.0.json: ")] != []


@pytest.mark.parametrize("payload", [b"[]", b"no json", b"{}", b"\xff"])
def test_pointer_that_is_none_is_named(tree: Tree, payload: bytes) -> None:
    text = base64.urlsafe_b64encode(payload).rstrip(b"=").decode()
    tree["current.json"] = json.dumps({"payload": text, "signatures": []}).encode()

    problems = check(tree).problems

    assert [problem for problem in problems if not problem.startswith("current.json: ")] == []
    assert len(problems) >= 1


@pytest.mark.parametrize("content", [b"[]", b"null", b"\xff", b"", b"[" * 100_000])
def test_file_that_is_no_object_is_named(tree: Tree, content: bytes) -> None:
    tree["manifest.json"] = content

    problems = check(tree).problems

    assert [problem.split(":")[0] for problem in problems] == ["manifest.json"]


def test_several_problems_are_said_at_once(tree: Tree) -> None:
    del tree["manifest.json"], tree["schemas/stack/1.0.0.json"], tree["builders/hugo.json"]

    assert sorted(check(tree).problems) == [
        "builders/hugo.json: is missing.",
        "manifest.json: is missing.",
        "schemas/stack/1.0.0.json: is missing.",
    ]


def test_tombstone_of_a_published_entry_is_named(tree: Tree) -> None:
    stone = {"key": "builders/hugo", "serial": 2, "reason": "Gone", "replacement": None}
    change_snapshot(tree, lambda snapshot: snapshot["removed"].append(stone))

    assert check(tree).problems == ["snapshot: builders/hugo is both published and removed."]
