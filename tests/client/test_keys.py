"""Who may sign is learned from those who may already: rotations are followed, and keys of nobody are never planted."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from registry_client import Malformed, RegistryClient, UnknownKey
from registry_client.core.trust import named_keys

from catalog.documents.canonical import canonical_bytes
from catalog.publishing.signing import KeyPair, decode, encode, new_key, sign
from tests.client.conftest import NEWER, Make, Scene
from tests.clock import NOON
from tests.factories import KEY, provider_document

STRANGER = new_key()


def read_while_both_sign(scene: Scene, client: RegistryClient) -> None:
    """The client reads before another key signs, and again while both do."""
    client.get_builders()
    scene.registry.keys.append(STRANGER)
    scene.registry.publish(provider_document("one"))
    scene.clock.move(seconds=301)
    client.refresh()


def test_rotation_is_followed_while_both_keys_sign(scene: Scene, make_client: Make, cache_dir: Path) -> None:
    client = make_client(cache_dir=cache_dir)
    read_while_both_sign(scene, client)
    scene.registry.keys = [STRANGER]
    scene.registry.retired[KEY.kid] = scene.registry.now
    scene.registry.publish(provider_document("two"))
    scene.clock.move(seconds=301)
    assert [client.refresh().serial, make_client(cache_dir=cache_dir).refresh().serial] == [4, 4]


def list_key_of(scene: Scene, key: KeyPair) -> None:
    """Whoever answers instead of the registry lists his own key beside those that are genuine."""
    scene.registry.keys.append(key)
    scene.registry.announce()
    scene.registry.keys.remove(key)


def add_signature(scene: Scene, key: KeyPair) -> None:
    """A signature that nobody asked for beside the genuine one: signatures are not signed."""
    envelope = json.loads(scene.registry.files["current.json"])
    body = envelope["payload"]
    protected = encode(json.dumps({"alg": "Ed25519", "kid": key.kid}).encode())
    mark = encode(key.private.sign(f"{protected}.{body}".encode()))
    envelope["signatures"].append({"protected": protected, "signature": mark})
    scene.registry.files["current.json"] = json.dumps(envelope).encode()


def name_no_keys(scene: Scene) -> None:
    """As an older publisher signs."""
    payload = json.loads(decode(json.loads(scene.registry.files["current.json"])["payload"]))
    del payload["keys"]
    scene.registry.files["current.json"] = json.dumps(sign(canonical_bytes(payload), scene.registry.keys)).encode()


@pytest.mark.parametrize("later", [{"seconds": 301}, {"hours": 2}], ids=["soon", "when keys are asked for again"])
@pytest.mark.parametrize(
    ("is_first", "is_older"),
    [(False, False), (True, False), (False, True)],
    ids=["known", "first contact", "of an older publisher"],
)
def test_key_that_no_trusted_key_names_is_never_trusted(
    scene: Scene, make_client: Make, later: dict[str, float], is_first: bool, is_older: bool
) -> None:
    client = make_client()
    if not is_first:
        client.get_builders()
        scene.registry.publish(provider_document("one"))
    if is_older:
        name_no_keys(scene)
    list_key_of(scene, STRANGER)
    add_signature(scene, STRANGER)
    scene.clock.move(**later)
    assert client.refresh().serial == (2 if is_first else 3)
    scene.registry.keys = [STRANGER]
    scene.registry.publish(provider_document("tina", display_name="Forged"))
    scene.clock.move(**later)
    with pytest.raises(UnknownKey):
        client.refresh()
    assert client.get_provider("cms", "tina") == NEWER


def test_keys_of_an_older_publisher_stay_those_seen_first(scene: Scene, make_client: Make, cache_dir: Path) -> None:
    name_no_keys(scene)
    make_client(cache_dir=cache_dir).get_builders()
    scene.registry.publish(provider_document("one"))
    name_no_keys(scene)
    scene.clock.move(hours=2)
    assert make_client(cache_dir=cache_dir).refresh().serial == 3


def test_rotation_from_an_older_publisher_is_followed(scene: Scene, client: RegistryClient) -> None:
    name_no_keys(scene)
    read_while_both_sign(scene, client)
    scene.registry.keys = [STRANGER]
    scene.registry.publish(provider_document("two"))
    assert client.refresh().serial == 4


def test_retired_key_is_not_brought_back_by_an_older_pointer(scene: Scene, client: RegistryClient) -> None:
    """Whoever has stolen it shows again what was signed, for the same whole, while it was good."""
    scene.registry.keys.append(STRANGER)
    scene.registry.publish(provider_document("one"))
    client.get_builders()
    older = dict(scene.registry.files)
    scene.registry.keys = [STRANGER]
    scene.registry.now += timedelta(hours=1)
    scene.registry.point_to(scene.registry.snapshots()[-1])
    client.refresh()
    scene.registry.files = older
    client.refresh()
    scene.registry.keys = [KEY]
    scene.registry.publish(provider_document("two"))
    with pytest.raises(UnknownKey):
        client.refresh()


def test_key_is_ended_by_no_day_to_come(scene: Scene, client: RegistryClient) -> None:
    """A forged keys.json would else lock every reader out who has seen it once."""
    client.get_builders()
    scene.clock.move(hours=2)
    scene.registry.retired[KEY.kid] = NOON + timedelta(hours=3)
    scene.registry.announce()
    scene.registry.publish(provider_document("one"))
    client.refresh()
    scene.registry.retired.clear()
    scene.registry.publish(provider_document("two"))
    scene.clock.move(hours=2)
    assert client.refresh().serial == 4


@pytest.mark.parametrize(
    "named",
    [5, "x", [5], [{"kty": "OKP", "crv": "Ed25519"}], [{"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}], [{}] * 17],
    ids=range(6),
)
def test_pointer_that_names_no_keys_is_malformed(named: object) -> None:
    with pytest.raises(Malformed, match=r"names no keys"):
        named_keys(json.dumps({"keys": named}).encode())


def test_named_keys_of_kinds_that_are_not_known_are_left_out() -> None:
    listed = [{"kty": "AKP", "pub": "x"}, {"kty": "OKP", "crv": "Ed25519", "x": KEY.x}]
    assert list(named_keys(json.dumps({"keys": listed}).encode()) or ()) == [KEY.kid]
    assert named_keys(b"{}") is None


def test_rotation_that_was_missed_is_refused_with_advice(scene: Scene, client: RegistryClient) -> None:
    client.get_builders()
    scene.registry.keys = [STRANGER]
    scene.registry.publish(provider_document("two"))
    with pytest.raises(UnknownKey, match=r"trusted_keys"):
        client.refresh()
