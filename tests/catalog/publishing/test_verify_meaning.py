"""The verifier finds files that are whole, but do not agree with each other."""

import json
from typing import Any

import pytest

from catalog.documents.canonical import canonical_bytes, sha256_hex
from tests.catalog.publishing.trees import SANITY_COPY, Tree, change_json, change_snapshot, check, live_path

pytestmark = pytest.mark.django_db


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


def test_tombstone_of_a_published_entry_is_named(tree: Tree) -> None:
    stone = {"key": "builders/hugo", "serial": 2, "reason": "Gone", "replacement": None}
    change_snapshot(tree, lambda snapshot: snapshot["removed"].append(stone))

    assert check(tree).problems == ["snapshot: builders/hugo is both published and removed."]
