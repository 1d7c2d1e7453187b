"""The verifier finds every file that is missing or has other bytes, and names it."""

import base64
import gzip
import json

import pytest

from catalog.documents.canonical import sha256_hex
from catalog.publishing.verify import Report
from tests.catalog.publishing.trees import KINDS, Tree, change_snapshot, check, live_path

pytestmark = pytest.mark.django_db


def test_whole_tree_has_no_problems(tree: Tree) -> None:
    report = check(tree)

    # pointer, keys, snapshot, manifest; shard and bundle of three groups; object and copy of five; nine schemas.
    assert report == Report(serial=2, documents=5, files=4 + 6 + 10 + 9)


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


@pytest.mark.parametrize(
    "content",
    [gzip.compress(b"{", mtime=0), b"no gzip", gzip.compress(b"{}", mtime=0)[:-4]],
    ids=["no JSON", "no gzip", "cut"],
)
def test_bundle_that_cannot_be_unpacked_is_named(tree: Tree, content: bytes) -> None:
    tree[f"bundles/{sha256_hex(content)}.json.gz"] = content
    said = {"sha256": sha256_hex(content), "size_bytes": len(content)}
    change_snapshot(tree, lambda snapshot: snapshot["bundles"]["builders"].update(said))

    problems = check(tree).problems

    assert [problem for problem in problems if problem.startswith(f"bundles/{sha256_hex(content)}.json.gz: cannot be")]
    assert len(problems) == 1


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
