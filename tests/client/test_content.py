"""Bytes of strangers: what is no JSON, no gzip, no key, no pointer and no snapshot is refused with what is wrong."""

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registry_client import Malformed, TooLarge, parse_index, parse_snapshot
from registry_client.core.content import MAX_DEPTH, gunzip, parse_object, split_members
from registry_client.core.shapes import is_key, parse_pointer
from registry_client.core.trust import parse_keys, thumbprint, verify_pointer
from registry_client.errors import RegistryInvalid

from catalog.documents.canonical import canonical_bytes
from catalog.publishing import signing
from tests.client.registry import MemoryRegistry
from tests.factories import KEY

NOW = datetime(2030, 1, 2, 13, tzinfo=UTC)
TEXTS = st.text('ab/"\\é{},:[]', max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
BUNDLES = st.dictionaries(TEXTS, st.dictionaries(TEXTS, VALUES, max_size=2), max_size=3)
# Machines under load draw slowly; that is no fault of what is tested.
PATIENT = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(BUNDLES)
@PATIENT
def test_members_are_cut_out_just_as_they_stand(value: dict[str, Any]) -> None:
    """So that the digest of each is the one in the index."""
    parts = split_members("bundle", canonical_bytes(value))
    assert parts == {name: canonical_bytes(one) for name, one in value.items()}


@given(BUNDLES, st.integers(0, 2))
@PATIENT
def test_members_are_read_whatever_the_spaces(value: dict[str, Any], indent: int) -> None:
    parts = split_members("bundle", json.dumps(value, indent=indent).encode())
    assert {name: json.loads(content) for name, content in parts.items()} == value


NO_BUNDLES = [
    *(b"", b"{", b"[]", b"1", b"{}{}", b'{"a":1}', b'{"a":{}', b'{"a":{},}', b'{"a" {}}', b"{1:{}}", b'{"a":{}}x'),
    *(b"\xff", b'{"a":{"b":NaN}}'),
]


@pytest.mark.parametrize("content", NO_BUNDLES)
def test_what_is_no_object_of_objects_is_malformed(content: bytes) -> None:
    with pytest.raises(Malformed, match=r"^bundle is no JSON"):
        split_members("bundle", content)


def test_nesting_has_an_end() -> None:
    def nested(levels: int) -> bytes:
        return b'{"a":' * levels + b"1" + b"}" * levels

    assert parse_object("file", nested(MAX_DEPTH))
    for levels in (MAX_DEPTH + 1, 100_000):
        with pytest.raises(Malformed):
            parse_object("file", nested(levels))
    with pytest.raises(Malformed):
        split_members("file", b'{"a":' + nested(MAX_DEPTH + 1) + b"}")


@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip", gzip.compress(b"x")[:-1], gzip.compress(b"x") * 2, gzip.compress(b"x") + b"y"],
    ids=range(5),
)
def test_what_is_no_single_gzip_file_is_malformed(content: bytes) -> None:
    with pytest.raises(Malformed):
        gunzip("bundle", content, max_bytes=100)


def test_unpacking_has_an_end() -> None:
    assert gunzip("bundle", gzip.compress(bytes(100)), max_bytes=100) == bytes(100)
    with pytest.raises(TooLarge):
        gunzip("bundle", gzip.compress(bytes(101)), max_bytes=100)


def test_keys_are_those_of_the_publisher() -> None:
    registry = MemoryRegistry()
    registry.publish()
    keys = parse_keys(registry.files["keys.json"])
    assert (list(keys), thumbprint(keys[KEY.kid].x)) == ([KEY.kid], KEY.kid)
    assert verify_pointer(registry.files["current.json"], keys, now=NOW) == signing.verify(
        json.loads(registry.files["current.json"]), {KEY.kid: KEY.x}
    )


@pytest.mark.parametrize(
    "content",
    [b"[]", b"{}", b'{"keys": 1}', b'{"keys": [1]}', b'{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA"}]}',
     b'{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "' + KEY.x.encode() + b'", "kid": "another"}]}',
     b'{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "' + KEY.x.encode() + b'", "not_after": "2030-01-01"}]}'],
    ids=range(7),
)  # fmt: skip
def test_damaged_keys_are_malformed(content: bytes) -> None:
    with pytest.raises(Malformed):
        parse_keys(content)


def test_no_byte_of_a_pointer_can_be_changed() -> None:
    registry = MemoryRegistry()
    registry.publish()
    keys, content = parse_keys(registry.files["keys.json"]), registry.files["current.json"]
    good = verify_pointer(content, keys, now=NOW)
    for at in range(len(content)):
        changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        try:
            assert verify_pointer(changed, keys, now=NOW) == good
        except RegistryInvalid:
            continue


@pytest.mark.parametrize("changes", [
    {"serial": 0}, {"serial": "1"}, {"serial": True}, {"sha256": "x"}, {"sha256": 1}, {"snapshot": "../../etc/passwd"},
    {"snapshot": "https://evil.test/x"}, {"expires_at": "2030-01-01"}, {"expires_at": None}, {"expires_at": "soon"},
])  # fmt: skip
def test_pointer_in_another_shape_is_malformed(changes: dict[str, Any]) -> None:
    pointer = {
        "serial": 1,
        "snapshot": "snapshots/00000001-0123456789ab.json",
        "sha256": "0" * 64,
        "published_at": "2030-01-01T00:00:00Z",
        "expires_at": "2030-01-01T00:00:00Z",
    }
    assert parse_pointer(json.dumps(pointer).encode()).serial == 1
    with pytest.raises(Malformed, match=r"^current\.json is no pointer: "):
        parse_pointer(json.dumps({**pointer, **changes}).encode())


@pytest.mark.parametrize("changes", [
    {"shards": {}}, {"shards": 1}, {"bundles": {"providers/cms": {"sha256": "../x", "size_bytes": 1}}},
    {"published_at": 1}, {"aliases": {"a": 1}}, {"removed": [{}]}, {"removed": 1}, {"parent": 1}, {"serial": 1.5},
])  # fmt: skip
def test_snapshot_in_another_shape_is_malformed(changes: dict[str, Any]) -> None:
    registry = MemoryRegistry()
    registry.publish({"provider_name": "a", "provider_type": "cms"})
    content = registry.files[registry.snapshots()[0]]
    assert parse_snapshot("s", content).count == 1
    with pytest.raises(Malformed, match=r"^s is no snapshot: "):
        parse_snapshot("s", json.dumps({**json.loads(content), **changes}).encode())


def test_index_in_another_shape_is_malformed() -> None:
    for line in ({}, 1, {"sha256": "x", "size_bytes": 1, "revision": 1, "lifecycle": "active"}):
        with pytest.raises(Malformed):
            parse_index("i", json.dumps({"providers/cms/a": line}).encode())


def test_keys_are_names_and_never_paths_elsewhere() -> None:
    assert [is_key(key) for key in ("providers/cms/sanity", "builders/hugo", "stacks/foundation/a_b-c")] == [True] * 3
    wrong = (
        "",
        "a",
        "/a/b",
        "a//b",
        "../a",
        "a/..",
        "a/b/../c",
        "a/b.json",
        "a/ b",
        "a/b/c/d/e",
        "https://a",
        "a\\b/c",
        "a/b\n",
    )
    assert [key for key in wrong if is_key(key)] == []
