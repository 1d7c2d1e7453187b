"""Secrets: sealed, bound to their row, rotated, and never opened by mistake."""

import base64
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from deployments.actions.secrets import forget_secret, rotate_secrets, set_secret
from deployments.contract import PermanentError
from deployments.models import Connection, Secret
from deployments.runner.secrets import KeyringError, open_secret
from tests.deployments.services import make_service

pytestmark = pytest.mark.django_db
VALUE = "gh_pat_ä\n'--"


@pytest.fixture(autouse=True)
def keyring(tmp_path: Path, settings: Any) -> Path:
    settings.REGISTRY_SECRETS_KEYRING = tmp_path / "keys" / "keyring"
    return tmp_path / "keys" / "keyring"


def key_line(name: str) -> str:
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}\n"


def test_secret_is_sealed_and_opens_again(keyring: Path) -> None:
    service = make_service()
    set_secret(service, "token", "old")
    set_secret(service, "token", VALUE)

    kept = Secret.objects.get()
    assert VALUE not in kept.ciphertext
    assert base64.b64encode(VALUE.encode()).decode() not in kept.ciphertext
    assert open_secret(kept) == VALUE
    assert stat.S_IMODE(keyring.stat().st_mode) == 0o600
    forget_secret(service, "token")
    assert not Secret.objects.exists()


def test_same_value_is_never_sealed_alike() -> None:
    service = make_service()
    set_secret(service, "a", VALUE)
    first = Secret.objects.get().ciphertext
    set_secret(service, "a", VALUE)

    assert Secret.objects.get().ciphertext != first


def test_ciphertext_in_another_row_does_not_open() -> None:
    service = make_service()
    set_secret(service, "a", VALUE)
    sealed = Secret.objects.get().ciphertext
    connection = Connection.objects.create(kind="source", backend="git@1", name="a")
    moved = [
        Secret(service=make_service("other"), name="A", ciphertext=sealed),
        Secret(service=service, name="B", ciphertext=sealed),
        Secret(connection=connection, name="A", ciphertext=sealed),
    ]

    for secret in moved:
        with pytest.raises(PermanentError, match=r"The secret '[AB]' is damaged"):
            open_secret(secret)


@pytest.mark.parametrize(
    ("ciphertext", "message"),
    [
        ("", "sealed with a key that is gone"),
        ("v1:k2:AAAA", "sealed with a key that is gone"),
        ("v2:k1:AAAA", "sealed with a key that is gone"),
        ("v1:k1:", "is damaged"),
        ("v1:k1:no base64", "is damaged"),
        ("v1:k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "is damaged"),
    ],
)
def test_what_does_not_open_is_an_error(ciphertext: str, message: str) -> None:
    secret = Secret(service=make_service(), name="A", ciphertext=ciphertext, changed_at=timezone.now())

    with pytest.raises(PermanentError, match=message):
        open_secret(secret)


def test_rotation_seals_with_the_first_key_and_old_ones_open_until_then(keyring: Path) -> None:
    service = make_service()
    set_secret(service, "a", VALUE)
    keyring.write_text(key_line("k2") + keyring.read_text())
    assert open_secret(Secret.objects.get()) == VALUE

    assert (rotate_secrets(), rotate_secrets()) == (1, 0)

    keyring.write_text(keyring.read_text().splitlines()[0])
    assert open_secret(Secret.objects.get()) == VALUE


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "holds no key"), ("k1:???\n", "is not base64"), ("k1:AAAA\n", "does not have 32 bytes")],
)
def test_keyring_that_is_none_is_an_error_and_stays(content: str, message: str, keyring: Path) -> None:
    keyring.parent.mkdir()
    keyring.write_text(content)

    with pytest.raises(KeyringError, match=message):
        set_secret(make_service(), "a", VALUE)

    assert (keyring.read_text(), Secret.objects.count()) == (content, 0)


def test_keyring_that_an_operator_named_is_never_made(keyring: Path, settings: Any) -> None:
    settings.REGISTRY_MAKES_KEYRING = False

    with pytest.raises(KeyringError, match="cannot be read: No such file or directory") as caught:
        set_secret(make_service(), "a", VALUE)

    assert "REGISTRY_SECRETS_KEYRING" in caught.value.hint
    assert not keyring.parent.exists()


def test_keyring_that_is_no_text_is_an_error(keyring: Path) -> None:
    keyring.parent.mkdir()
    keyring.write_bytes(b"\xff\xfe")

    with pytest.raises(KeyringError, match="cannot be read: it is no text"):
        set_secret(make_service(), "a", VALUE)


def test_keyring_of_the_environment_is_one_too(keyring: Path, settings: Any) -> None:
    old, new = (base64.b64encode(os.urandom(32)).decode() for _ in range(2))
    settings.REGISTRY_SECRETS_KEYS = f"k1:{old}"
    service = make_service()
    set_secret(service, "a", VALUE)
    settings.REGISTRY_SECRETS_KEYS = f"k2:{new} k1:{old}"
    set_secret(service, "b", VALUE)

    sealed = {secret.name: secret.ciphertext.split(":")[1] for secret in Secret.objects.all()}
    assert sealed == {"a": "k1", "b": "k2"}
    assert [open_secret(secret) for secret in Secret.objects.all()] == [VALUE, VALUE]
    assert not keyring.exists()
    settings.REGISTRY_SECRETS_KEYS = "k1:AAAA"
    with pytest.raises(KeyringError, match="REGISTRY_SECRETS_KEYS: the key 'k1' does not have 32 bytes"):
        set_secret(service, "c", VALUE)


def test_two_keyrings_are_one_too_many(settings: Any) -> None:
    settings.REGISTRY_MAKES_KEYRING, settings.REGISTRY_SECRETS_KEYS = False, "k1:AAAA"

    with pytest.raises(KeyringError, match="are both set"):
        set_secret(make_service(), "a", VALUE)
