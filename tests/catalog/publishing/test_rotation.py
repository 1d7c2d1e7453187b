"""Keys: announced before they sign, both signing while they are rotated, listed with their end when they retired."""

import shutil
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from catalog.actions import keys as actions
from catalog.actions.errors import RefusedError
from catalog.actions.keys import add_signing_key, retire_signing_key
from catalog.models import SigningKey
from catalog.publishing import lease
from catalog.publishing import outlet as outlets
from catalog.publishing.keys import register_keys
from catalog.publishing.outlet import open_outlet, signing_keys
from catalog.publishing.refresh import refresh_pointer
from catalog.publishing.signing import SigningError
from catalog.publishing.stores.base import Store
from catalog.publishing.stores.configured import open_store
from tests.cases import spread
from tests.catalog.publishing.histories import approve_first_step, request
from tests.catalog.publishing.rings import change_something, in_file, listed, publish_here, read_json, signers
from tests.stores import BreakingStore, Killed, WrappedStore, verify

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def key_file(settings: Settings, tmp_path: Path) -> Path:
    settings.REGISTRY_SIGNING_KEY_FILE = tmp_path / "signing-key.pem"
    settings.REGISTRY_MAKES_SIGNING_KEY = True
    return tmp_path / "signing-key.pem"


def test_embedded_registry_makes_its_key_once() -> None:
    first = in_file()

    assert (len(first), in_file()) == (1, first)


def test_first_key_is_made_before_there_are_tables_and_registered_by_the_publish(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is a bucket, a check refuses everything else without it, the first migration too."""
    settings.REGISTRY_MAKES_SIGNING_KEY = False
    with monkeypatch.context() as patched:
        patched.setattr(connection.introspection, "table_names", list)
        kid = add_signing_key()
    before = SigningKey.objects.count()
    approve_first_step()
    publish_here()

    assert (before, [row.kid for row in SigningKey.objects.all()], in_file()) == (0, [kid], [kid])


def test_registry_in_a_bucket_makes_no_key(settings: Settings, key_file: Path) -> None:
    settings.REGISTRY_MAKES_SIGNING_KEY = False

    with pytest.raises(SigningError, match="cannot be read: No such file or directory"):
        open_outlet()

    assert not key_file.exists()


def test_published_key_is_listed_and_signs() -> None:
    approve_first_step()
    publish_here()

    assert (signers(), listed()) == (in_file(), {in_file()[0]: True})
    assert read_json("keys.json")["keys"][0] | {"not_before": ""} == {
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "Ed25519",
        "use": "sig",
        "kid": in_file()[0],
        "x": signing_keys()[0].x,
        "not_before": "",
        "not_after": None,
    }


def test_added_key_signs_beside_the_old_one() -> None:
    approve_first_step()
    publish_here()
    old = in_file()[0]

    new = add_signing_key()

    assert (in_file(), signers(), listed()) == ([old, new], [old, new], {old: True, new: True})
    assert (read_json("manifest.json")["serial"], verify(open_store()).problems) == (1, [])


def test_added_key_before_the_first_publish_is_used_by_it() -> None:
    new = add_signing_key()
    approve_first_step()

    publish_here()

    assert (in_file(), signers(), listed()) == ([new], [new], {new: True})


def test_retired_key_signs_no_more_and_has_an_end() -> None:
    approve_first_step()
    publish_here()
    old, new = in_file()[0], add_signing_key()

    retire_signing_key(old)

    assert (in_file(), signers(), listed()) == ([new], [new], {old: False, new: True})
    change_something("After")
    publish_here()
    assert (signers(), listed()) == ([new], {old: False, new: True})


def test_only_key_cannot_retire() -> None:
    approve_first_step()
    publish_here()
    (only,) = in_file()

    with pytest.raises(RefusedError, match=r"^This is the only key that signs; add another first: signing_key new\.$"):
        retire_signing_key(only)

    assert (in_file(), signers(), listed()) == ([only], [only], {only: True})


@pytest.mark.parametrize("again", [False, True], ids=["unknown", "retired"])
def test_key_that_does_not_sign_cannot_retire(again: bool) -> None:
    old, _ = in_file()[0], add_signing_key()
    if again:
        retire_signing_key(old)
    kid, before = (old if again else "unknown"), in_file()

    with pytest.raises(RefusedError, match=f"^No key {kid} signs here: see signing_key list"):
        retire_signing_key(kid)

    assert in_file() == before


class Order(WrappedStore):
    """Proves before each write of the pointer that all its keys are announced."""

    wrong: list[str]

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.wrong = []

    def before(self, request: str, path: str) -> None:
        if request.startswith("put") and path == "current.json":
            self.wrong += [kid for kid in in_file() if not listed().get(kid)]


def test_key_is_announced_before_it_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    approve_first_step()
    watched = Order(open_store())
    monkeypatch.setattr(outlets, "open_store", lambda: watched)
    publish_here()

    old, new = in_file()[0], add_signing_key()

    assert (watched.wrong, signers()) == ([], [old, new])


ROTATIONS: dict[str, Callable[[], object]] = {
    "new": add_signing_key,
    "retire": lambda: retire_signing_key(in_file()[0]),
}


def finish(rotation: str, old: str) -> None:
    """What happens by itself; a retirement is asked for again, since only a person knows that it was meant."""
    if rotation == "retire" and SigningKey.objects.filter(kid=old, not_after=None).exists():
        retire_signing_key(old)
    refresh_pointer(open_outlet())


# keys.json and the pointer; and the pointer before and after keys.json.
WRITES = {"new": 2, "retire": 3}


@pytest.mark.parametrize("rotation", ROTATIONS)
@pytest.mark.parametrize("at", spread([1, 2, 3, 4], fast=2))
@pytest.mark.parametrize("how", ["killed before", "killed after"])
def test_rotation_that_is_killed_converges(
    rotation: str, at: int, how: str, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    approve_first_step()
    publish_here()
    if rotation == "retire":
        add_signing_key()
    old = in_file()[0]
    with monkeypatch.context() as patched:
        broken = BreakingStore(open_store(), at=at, how=how)
        patched.setattr(outlets, "open_store", lambda: broken)
        with pytest.raises(Killed) if at <= WRITES[rotation] else nullcontext():
            ROTATIONS[rotation]()
        assert verify(open_store()).problems == []

    finish(rotation, old)

    assert verify(open_store()).problems == []
    assert signers() == in_file()
    assert listed() == {kid: kid in in_file() for kid in listed()}
    assert len(in_file()) == (2 if rotation == "new" else 1)


@pytest.mark.parametrize("step", ["write_keys", "register_keys", "_sign_again"])
@pytest.mark.parametrize("rotation", ROTATIONS)
def test_rotation_that_dies_between_its_steps_converges(
    step: str, rotation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    approve_first_step()
    publish_here()
    add_signing_key()
    old, do = in_file()[0], getattr(actions, step)

    def die(*arguments: Any) -> None:
        do(*arguments)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(actions, step, die)
        if not (rotation == "retire" and step == "register_keys"):
            with pytest.raises(Killed):
                ROTATIONS[rotation]()
    assert verify(open_store()).problems == []
    finish(rotation, old)
    change_something("Afterwards")
    publish_here()

    assert signers() == in_file()
    assert all(listed()[kid] for kid in in_file())


def test_key_cannot_retire_while_a_publish_runs_that_may_sign_with_it() -> None:
    approve_first_step()
    publish_here()
    old, new = in_file()[0], add_signing_key()
    change_something("While a key retires")
    lease.claim(request().pk)

    with pytest.raises(RefusedError, match=r"^A publish is running that may still sign with this key; try again"):
        retire_signing_key(old)

    assert (in_file(), listed()) == ([old, new], {old: True, new: True})


def test_retired_key_that_still_signs_beside_another_stays_retired() -> None:
    approve_first_step()
    publish_here()
    before = signing_keys()[0]
    new = add_signing_key()
    retire_signing_key(before.kid)

    register_keys([before, *signing_keys()])
    refresh_pointer(open_outlet())

    assert listed() == {before.kid: False, new: True}
    assert verify(open_store()).problems == []


def test_only_key_that_came_back_is_valid_again(key_file: Path, tmp_path: Path) -> None:
    approve_first_step()
    publish_here()
    shutil.copy(key_file, tmp_path / "kept")
    old, new = in_file()[0], add_signing_key()
    retire_signing_key(old)
    shutil.copy(tmp_path / "kept", key_file)

    refresh_pointer(open_outlet())

    assert (signers(), listed()) == ([old], {old: True, new: True})
    assert verify(open_store()).problems == []
