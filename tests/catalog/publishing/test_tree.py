"""Paths, headers and bytes of the tree."""

import gzip
import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.documents.canonical import canonical_bytes
from catalog.models.choices import Lifecycle
from catalog.publishing import tree
from catalog.publishing.stores.base import check_path

NOON = datetime(2030, 1, 2, 12, tzinfo=UTC)
DIGEST = "ab" * 32


def test_paths_are_those_of_the_design() -> None:
    paths = [
        tree.object_path(DIGEST),
        tree.index_path(DIGEST),
        tree.bundle_path(DIGEST),
        tree.snapshot_path(12, DIGEST),
        tree.schema_path("provider", "1.0.0"),
        tree.copy_path("providers/cms/sanity"),
    ]

    assert paths == [
        f"objects/ab/{DIGEST}.json",
        f"index/{DIGEST}.json",
        f"bundles/{DIGEST}.json.gz",
        "snapshots/00000012-abababababab.json",
        "schemas/provider/1.0.0.json",
        "providers/cms/sanity.json",
    ]
    assert [check_path(path) for path in paths] == paths


@given(
    st.lists(
        st.builds(
            tree.IndexLine,
            st.from_regex(r"providers/[a-z]{1,9}/[a-z0-9-]{1,30}", fullmatch=True),
            st.binary(min_size=32, max_size=32).map(bytes.hex),
            st.integers(0, 10**9),
            st.integers(1, 10**9),
            st.sampled_from(Lifecycle.values),
            st.integers(1, 10**9),
        ),
        unique_by=lambda line: line.key,
    )
)
def test_shard_is_canonical(lines: list[tree.IndexLine]) -> None:
    columns = ("sha256", "size_bytes", "revision", "lifecycle")
    index = {line.key: {name: getattr(line, name) for name in columns} for line in lines}

    assert tree.render_shard(lines) == canonical_bytes(index)


def test_serial_over_eight_digits_is_written_out() -> None:
    assert tree.snapshot_path(123_456_789, DIGEST) == "snapshots/123456789-abababababab.json"


@pytest.mark.parametrize("path", ["", "other.json", "secrets/one.json", "objectsx/one.json"])
def test_path_outside_the_tree_has_no_headers(path: str) -> None:
    with pytest.raises(KeyError):
        tree.cache_control_of(path)


def test_time_is_written_in_utc_to_the_second() -> None:
    moment = datetime(2030, 1, 2, 14, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))

    assert tree.time_text(moment) == "2030-01-02T12:00:00Z"


@pytest.mark.parametrize(
    ("entries", "shards"), [(0, 1), (1, 1), (1024, 1), (1025, 2), (2048, 2), (2049, 4), (100_000, 128)]
)
def test_shard_count_is_a_power_of_two(entries: int, shards: int) -> None:
    assert tree.shard_count(entries) == shards


def test_shard_name_is_the_group_while_there_is_one() -> None:
    assert tree.shard_name("providers/ssg/hugo", 1) == "providers/ssg"
    assert tree.shard_name("builders/hugo", 1) == "builders"


def test_shard_name_follows_from_the_key_alone() -> None:
    number = int(hashlib.sha256(b"providers/ssg/hugo").hexdigest()[:8], 16)

    assert tree.shard_name("providers/ssg/hugo", 8) == f"providers/ssg#{number % 8}"


def test_shards_are_about_even() -> None:
    names = [tree.shard_name(f"providers/cms/cms-{number}", 4) for number in range(4_000)]

    assert [900 < names.count(f"providers/cms#{number}") < 1_100 for number in range(4)] == [True] * 4


def test_bundle_is_the_same_whenever_it_is_made() -> None:
    documents = {"builders/b": '{"x":"ü"}', "builders/a": "{}"}

    bundle = tree.render_bundle(documents)

    assert bundle == tree.render_bundle(dict(reversed(documents.items())))
    assert bundle[4:8] == bytes(4), "RFC 1952: the time of packing"
    assert gzip.decompress(bundle).decode() == '{"builders/a":{},"builders/b":{"x":"ü"}}'


def test_copy_has_its_stamps_and_is_for_people() -> None:
    file = tree.render_copy("builders/hugo", {"b": "ü", "a": 1}, last_updated=NOON, serial=7)

    text = '{\n  "a": 1,\n  "b": "ü",\n  "last_updated": "2030-01-02T12:00:00Z",\n  "serial": 7\n}\n'
    assert (file.path, file.content.decode()) == ("builders/hugo.json", text)


@pytest.mark.parametrize(
    ("public_url", "manifest"), [("https://r.test", "https://r.test/manifest.json"), ("", "/manifest.json")]
)
def test_fallback_says_where_the_manifest_is(public_url: str, manifest: str) -> None:
    fallback = json.loads(tree.render_fallback(public_url).content)

    assert (fallback["status"], fallback["manifest"]) == (404, manifest)


def test_manifest_without_a_public_address_has_relative_paths() -> None:
    keys = [("builders/hugo", "static_site"), ("builders/ace", "static_site")]

    manifest = json.loads(tree.render_manifest(keys, serial=1, published_at=NOON, aliases={}, public_url="").content)

    assert manifest["builders"] == {"static_site": ["ace", "hugo"]}
    assert manifest["cdn_urls"] == {"base": "", "manifest": "manifest.json"}
