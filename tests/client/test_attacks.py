"""Whoever can change files, or answer instead of the registry, is refused; what was read before is still there.

Reference: The Update Framework, "Threats": arbitrary change, rollback, freeze, mix-and-match, endless data, wrong key.
"""

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

import httpx
import pytest
from registry_client import (
    DigestMismatch,
    KeyRetired,
    Malformed,
    PointerExpired,
    RedirectRefused,
    RegistryClient,
    RegistryInvalid,
    SerialReused,
    SerialWentBack,
    SignatureInvalid,
    SignatureMissing,
    SnapshotMismatch,
    TooLarge,
    UnknownKey,
)
from registry_client.core.limits import MAX_SNAPSHOT_BYTES

from catalog.publishing.signing import decode, encode, new_key
from tests.cases import spread
from tests.client.conftest import NEWER, Make, Scene
from tests.client.registry import MemoryRegistry
from tests.factories import KEY, provider_document

STRANGER = new_key()


def change_payload(scene: Scene) -> None:
    envelope = json.loads(scene.registry.files["current.json"])
    envelope["payload"] = encode(decode(envelope["payload"]).replace(b'"serial":3', b'"serial":4'))
    scene.registry.files["current.json"] = json.dumps(envelope).encode()


def sign_as(*keys: object) -> Callable[[Scene], None]:
    def attack(scene: Scene) -> None:
        scene.registry.point_to(scene.registry.snapshots()[-1], keys=keys)  # type: ignore[arg-type]

    return attack


def retire_the_key(scene: Scene) -> None:
    """keys.json says so, and somebody who still has the old key signs with it."""
    scene.registry.retired[KEY.kid] = scene.registry.now
    scene.registry.keys.append(STRANGER)
    scene.registry.announce()
    scene.clock.move(hours=2)


def go_back(scene: Scene) -> None:
    scene.registry.point_to(scene.registry.snapshots()[0])


def reuse_the_serial(scene: Scene) -> None:
    other = MemoryRegistry()
    other.publish(NEWER)
    other.publish(provider_document("another"))
    scene.registry.files |= other.files


def freeze(scene: Scene) -> None:
    go_to_second(scene)
    scene.clock.move(days=8)


def go_to_second(scene: Scene) -> None:
    scene.registry.point_to(scene.registry.snapshots()[1])


def point_to_another_whole(scene: Scene) -> None:
    scene.registry.point_to(scene.registry.snapshots()[0], serial=9)


def corrupt(prefix: str) -> Callable[[Scene], None]:
    def attack(scene: Scene) -> None:
        live = json.loads(scene.registry.files[scene.registry.snapshots()[-1]])
        digest = live["bundles"]["providers/cms"]["sha256"] if prefix == "bundles" else "00000003"
        scene.registry.corrupt(f"{prefix}/{digest}")

    return attack


def serve_older_bundle(scene: Scene) -> None:
    older = json.loads(scene.registry.files[scene.registry.snapshots()[0]])["bundles"]["providers/cms"]["sha256"]
    scene.registry.files[scene.registry.bundle_of("providers/cms")] = scene.registry.files[f"bundles/{older}.json.gz"]


def unsign(scene: Scene) -> None:
    for path in ("current.json", "keys.json"):
        del scene.registry.files[path]


def answer_with(path: str, response: Callable[[], httpx.Response]) -> Callable[[Scene], None]:
    def attack(scene: Scene) -> None:
        live = scene.registry.bundle_of("providers/cms") if path == "bundle" else path
        live = scene.registry.snapshots()[-1] if path == "snapshot" else live
        scene.server.fault = lambda _, asked: response() if asked == live else None

    return attack


class Endless(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Data without an end."""

    def __init__(self) -> None:
        self.sent = 0

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.sent += 1 << 20
            assert self.sent < 1 << 29, "nobody stopped reading"
            yield bytes(1 << 20)

    async def __aiter__(self):  # type: ignore[no-untyped-def]
        for chunk in self:
            yield chunk


def endless() -> httpx.Response:
    return httpx.Response(200, stream=Endless())


@cache
def packed_nothing() -> bytes:
    return gzip.compress(bytes(MAX_SNAPSHOT_BYTES + 1), 1)


def bomb() -> httpx.Response:
    return httpx.Response(200, stream=httpx.ByteStream(packed_nothing()), headers={"Content-Encoding": "gzip"})


def deep() -> httpx.Response:
    return httpx.Response(200, content=b'{"payload":' + b"[" * 40_000 + b"]" * 40_000 + b"}")


def redirect(target: str) -> Callable[[], httpx.Response]:
    return lambda: httpx.Response(302, headers={"Location": target})


ATTACKS: dict[str, tuple[Callable[[Scene], None], type[RegistryInvalid]]] = {
    "arbitrary change of the pointer": (change_payload, SignatureInvalid),
    "arbitrary change of the snapshot": (corrupt("snapshots"), DigestMismatch),
    "arbitrary change of a bundle": (corrupt("bundles"), DigestMismatch),
    "wrong key": (sign_as(STRANGER), UnknownKey),
    "no signature at all": (sign_as(), UnknownKey),
    "old key": (retire_the_key, KeyRetired),
    "rollback": (go_back, SerialWentBack),
    "fork": (reuse_the_serial, SerialReused),
    "freeze": (freeze, PointerExpired),
    "mix and match of wholes": (point_to_another_whole, SnapshotMismatch),
    "mix and match of bundles": (serve_older_bundle, DigestMismatch),
    "downgrade to unsigned files": (unsign, SignatureMissing),
    "endless pointer": (answer_with("current.json", endless), TooLarge),
    "endless snapshot": (answer_with("snapshot", endless), TooLarge),
    "endless bundle": (answer_with("bundle", endless), TooLarge),
    "bomb instead of the pointer": (answer_with("current.json", bomb), TooLarge),
    "bomb instead of the snapshot": (answer_with("snapshot", bomb), TooLarge),
    "nested without end": (answer_with("current.json", deep), Malformed),
    "something else": (answer_with("current.json", lambda: httpx.Response(200, content=b"<html>")), Malformed),
    "another host": (answer_with("current.json", redirect("https://evil.test/current.json")), RedirectRefused),
    "no TLS any more": (answer_with("current.json", redirect("http://registry.test/current.json")), RedirectRefused),
    "redirected in circles": (answer_with("current.json", redirect("/current.json")), RedirectRefused),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_is_refused_and_the_last_good_copy_stays(scene: Scene, make_client: Make, name: str) -> None:
    attack, error = ATTACKS[name]
    client = make_client(max_stale_seconds=timedelta(days=30).total_seconds())
    before = client.get_all_providers()
    scene.registry.publish(provider_document("tina", display_name="Newest"))

    attack(scene)
    scene.clock.move(seconds=301)
    with pytest.raises(error) as caught:
        client.refresh()

    status = client.status()
    assert (type(caught.value), type(status.last_error)) == (error, error)
    assert client.get_all_providers() == before
    assert (status.serial, status.fresh, client.status().fresh) == (2, False, False)


@pytest.mark.parametrize("name", spread([name for name in ATTACKS if name not in ("rollback", "fork")], fast=4))
def test_attack_on_a_new_client_raises_it(scene: Scene, make_client: Make, name: str) -> None:
    attack, error = ATTACKS[name]
    end = {"not_after": "2030-01-02T13:00:00Z"} if error is KeyRetired else {}
    client = make_client(trusted_keys=[{"kty": "OKP", "crv": "Ed25519", "x": KEY.x, **end}])
    scene.registry.publish(provider_document("tina", display_name="Newest"))
    attack(scene)
    with pytest.raises(error):
        client.get_all_providers()


@pytest.mark.parametrize("name", ["rollback", "fork", "downgrade to unsigned files", "wrong key"])
def test_what_was_seen_is_remembered_by_the_next_process(
    scene: Scene, make_client: Make, cache_dir: Path, name: str
) -> None:
    attack, error = ATTACKS[name]
    make_client(cache_dir=cache_dir).get_all_providers()
    attack(scene)
    scene.clock.move(days=1)
    client = make_client(cache_dir=cache_dir, max_stale_seconds=0)
    with pytest.raises(error):
        client.get_all_providers()
    assert make_client(cache_dir=cache_dir).get_provider("cms", "tina") == NEWER


def test_client_that_heals_is_fresh_again(scene: Scene, client: RegistryClient) -> None:
    client.get_builders()
    good = dict(scene.registry.files)
    unsign(scene)
    scene.clock.move(seconds=301)
    client.get_builders()
    assert isinstance(client.status().last_error, SignatureMissing)
    scene.registry.files = good
    scene.clock.move(seconds=31)
    client.get_builders()
    assert (client.status().last_error, client.status().fresh) == (None, True)


def test_unverified_client_warns_and_believes(scene: Scene, make_client: Make) -> None:
    sign_as(STRANGER)(scene)
    go_back(scene)
    with pytest.warns(UserWarning, match=r"^verify=False: neither"):
        client = make_client(verify=False)
    assert (client.get_snapshot().serial, client.status().signed) == (1, False)
    corrupted = scene.registry.copy()
    scene.server.registry = corrupted
    corrupted.publish(provider_document("tina", display_name="Later"))
    corrupt("bundles")(Scene(corrupted, scene.server, scene.clock))
    client.refresh()
    with pytest.raises(DigestMismatch):
        client.get_all_providers()


def test_signed_by_one_trusted_key_of_several_is_enough(scene: Scene, make_client: Make) -> None:
    sign_as(STRANGER, KEY)(scene)
    assert make_client(trusted_keys={KEY.kid: KEY.x}).get_snapshot().serial == 2
