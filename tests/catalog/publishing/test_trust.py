"""A reader detects an unsigned, expired, foreign or replayed pointer, and every changed byte that means something."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.documents.canonical import canonical_bytes, sha256_hex
from catalog.publishing.pointer import Pointer, render_pointer
from catalog.publishing.signing import KeyPair, encode, new_key, sign
from catalog.publishing.verify import verify_tree
from tests.catalog.publishing.trees import Tree, check, pointer_in
from tests.factories import KEY

pytestmark = pytest.mark.django_db
OTHER = new_key()
UNTRUSTED = "current.json: None of its signatures is by a trusted key."
# What nothing else in the tree repeats.
KEY_TIMES = {"not_before", "not_after"}
STAMPS = {"last_updated", "serial"}
COPIES = ("providers/", "builders/", "stacks/")


def sign_again(tree: Tree, *keys: KeyPair, **members: Any) -> None:
    """The same pointer but for these members, signed by these keys."""
    pointer = pointer_in(tree)
    told = {name: getattr(pointer, name) for name in Pointer.__dataclass_fields__} | members
    tree["current.json"] = render_pointer(Pointer(**told), keys).content


def list_key(tree: Tree, key: KeyPair, **members: Any) -> None:
    listed = json.loads(tree["keys.json"])
    said = {"kid": key.kid, "x": key.x, **members}
    listed["keys"] = [one for one in listed["keys"] if one["kid"] != key.kid] + [{**listed["keys"][0], **said}]
    tree["keys.json"] = json.dumps(listed).encode()


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def from_now(**times: float) -> str:
    return text(datetime.now(tz=UTC) + timedelta(**times))


def test_unsigned_pointer_is_named(tree: Tree) -> None:
    sign_again(tree)

    assert check(tree).problems == [UNTRUSTED]


def test_pointer_of_another_key_is_named(tree: Tree) -> None:
    sign_again(tree, OTHER)

    assert check(tree).problems == [UNTRUSTED]


def test_pointer_of_two_keys_needs_one_that_is_listed(tree: Tree) -> None:
    sign_again(tree, OTHER, KEY)

    assert check(tree).problems == []


def test_key_that_claims_another_name_is_named(tree: Tree) -> None:
    """Whoever can write keys.json, but cannot sign, puts his own key under the name that readers know."""
    list_key(tree, KEY, x=OTHER.x)

    problems = check(tree).problems

    assert f"keys.json: {KEY.kid} is not the thumbprint of its key." in problems
    assert f"current.json: The signature of the key {KEY.kid} is wrong." in problems


def test_pointer_without_keys_file_is_named(tree: Tree) -> None:
    del tree["keys.json"]

    assert check(tree).problems == ["keys.json: is missing.", UNTRUSTED]


@pytest.mark.parametrize("content", [b"{}", b"[]", b'{"keys": []}', b'{"keys": [{}]}', b"\xff"])
def test_keys_file_that_is_none_is_named(tree: Tree, content: bytes) -> None:
    tree["keys.json"] = content

    problems = check(tree).problems

    assert [problem for problem in problems if problem.startswith("keys.json: ")] != []
    assert UNTRUSTED in problems


@pytest.mark.parametrize(
    ("not_before", "not_after", "is_trusted"),
    [
        (-60, None, True),
        (3600, None, False),
        (-60, 3600, True),
        (-60, -1, False),
        (3600, 7200, False),
    ],
    ids=["valid", "not yet", "still", "retired", "later"],
)
def test_key_is_trusted_while_it_is_valid(
    tree: Tree, not_before: float, not_after: float | None, is_trusted: bool
) -> None:
    until = from_now(seconds=not_after) if not_after is not None else None
    list_key(tree, KEY, not_before=from_now(seconds=not_before), not_after=until)

    assert check(tree).problems == ([] if is_trusted else [UNTRUSTED])


def test_key_is_valid_from_its_first_second_to_before_its_last(tree: Tree) -> None:
    first, last = datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 1, 2, tzinfo=UTC)
    sign_again(tree, KEY, expires_at="2031-01-01T00:00:00Z")
    list_key(tree, KEY, not_before=text(first), not_after=text(last))
    moments = [first - timedelta(seconds=1), first, last - timedelta(seconds=1), last]

    found = [verify_tree(tree.get, now=moment).problems for moment in moments]

    assert found == [[UNTRUSTED], [], [], [UNTRUSTED]]


def test_expired_pointer_is_named(tree: Tree) -> None:
    end = datetime.fromisoformat(pointer_in(tree).expires_at)

    assert verify_tree(tree.get, now=end - timedelta(seconds=1)).problems == []
    assert verify_tree(tree.get, now=end).problems == [f"current.json: it expired at {pointer_in(tree).expires_at}."]


@pytest.mark.parametrize("word", ["soon", "", "2030-13-01T00:00:00Z", "2030-01-01", "2030-01-01T00:00:00+01:00"])
@pytest.mark.parametrize("place", ["expires_at", "not_before", "not_after"])
def test_time_that_is_none_is_named(tree: Tree, place: str, word: str) -> None:
    if place == "expires_at":
        sign_again(tree, KEY, expires_at=word)
    else:
        list_key(tree, KEY, **{place: word})

    problems = check(tree).problems

    named = "current.json: " if place == "expires_at" else "keys.json: "
    assert [problem for problem in problems if problem.startswith(named)] != []


@pytest.mark.parametrize("header", [[], "x", {"alg": "none"}, {"alg": "Ed25519", "kid": ["x"]}])
def test_strange_signature_is_named(tree: Tree, header: object) -> None:
    envelope = json.loads(tree["current.json"])
    envelope["signatures"][0]["protected"] = encode(json.dumps(header).encode())
    tree["current.json"] = json.dumps(envelope).encode()

    assert check(tree).problems == [UNTRUSTED]


def test_deep_signature_is_named(tree: Tree) -> None:
    envelope = json.loads(tree["current.json"])
    envelope["signatures"][0]["protected"] = encode(b"[" * 100_000)
    tree["current.json"] = json.dumps(envelope).encode()

    assert [problem.partition(":")[0] for problem in check(tree).problems] == ["current.json"]


def test_changed_payload_is_named_though_its_snapshot_is_there(tree: Tree) -> None:
    """Somebody who cannot sign makes the registry look fresh for longer."""
    pointer, envelope = pointer_in(tree), json.loads(tree["current.json"])
    told = {name: getattr(pointer, name) for name in Pointer.__dataclass_fields__}
    later = sign(canonical_bytes({**told, "expires_at": "2999-01-01T00:00:00Z"}), [])
    tree["current.json"] = json.dumps({**envelope, "payload": later["payload"]}).encode()

    assert check(tree).problems == [f"current.json: The signature of the key {KEY.kid} is wrong."]


def test_replayed_older_pointer_is_named(tree: Tree) -> None:
    """An old pointer is signed well; the copies beside it, and its expiry, give it away."""
    snapshot = next(path for path in tree if path.startswith("snapshots/00000001-"))
    sign_again(tree, KEY, serial=1, snapshot=snapshot, sha256=sha256_hex(tree[snapshot]))

    report = check(tree)

    assert report.serial == 1
    assert "manifest.json: serial is not what the snapshot says." in report.problems
    assert "providers/cms/sanity.json: its stamps are wrong: 2." in report.problems


def means_the_same(path: str, before: bytes, after: bytes) -> bool:
    """Whether a changed byte of an indented file changes nothing that a reader can check, or nothing at all."""
    try:
        old, new = json.loads(before), json.loads(after)
    except ValueError:
        return False
    return isinstance(new, dict) and bool(unchecked(path, old) == unchecked(path, new))


def unchecked(path: str, value: dict[str, Any]) -> Any:
    """The value without what only this file says."""
    if path == "keys.json":
        return [{name: said for name, said in key.items() if name not in KEY_TIMES} for key in value.get("keys", [])]
    if path.startswith("schemas/"):
        return {**value, "$id": str(value.get("$id"))[-len(path) :]}
    if path.startswith(COPIES):
        return {name: said for name, said in value.items() if name not in STAMPS} | {"stamps": STAMPS & value.keys()}
    return value


def live_paths(tree: Tree) -> list[str]:
    """What a reader of the live snapshot reads."""
    read: list[str] = []

    def fetch(path: str) -> bytes | None:
        read.append(path)
        return tree.get(path)

    verify_tree(fetch)
    return sorted(read)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.data())
def test_every_flipped_byte_is_detected(whole: Tree, draw: st.DataObject) -> None:
    """One bit of one byte of any file that a reader reads: a problem, unless the file means the same.

    Files named by their digest, the pointer and its signatures have no such exception. The indented files have white
    space; and some of their members stand nowhere else: a copy's stamps, a key's times, the host in a schema's address.
    """
    path = draw.draw(st.sampled_from(live_paths(whole)))
    at = draw.draw(st.integers(0, len(whole[path]) - 1))
    content = bytearray(whole[path])
    content[at] ^= 1 << draw.draw(st.integers(0, 7))

    problems = check({**whole, path: bytes(content)}).problems

    is_indented = path.startswith((*COPIES, "schemas/")) or path in ("manifest.json", "keys.json")
    if not problems:
        assert is_indented
        assert means_the_same(path, whole[path], bytes(content))


def test_every_byte_of_the_pointer_is_covered(tree: Tree) -> None:
    """By the pointer and the keys alone, whatever else is there."""
    content, undetected = tree["current.json"], []
    found = verify_tree({"current.json": content, "keys.json": tree["keys.json"]}.get).problems
    assert [problem for problem in found if problem.startswith("current.json")] == []
    for at in range(len(content)):
        for bit in range(8):
            changed = bytearray(content)
            changed[at] ^= 1 << bit
            found = verify_tree({"current.json": bytes(changed), "keys.json": tree["keys.json"]}.get).problems
            if not any(problem.startswith("current.json") for problem in found):
                undetected.append((at, bit))

    assert undetected == []
