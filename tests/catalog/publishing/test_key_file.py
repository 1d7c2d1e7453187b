"""The file of private keys: what is refused with a message, and that writing it is all or nothing."""

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519

from catalog.publishing.signing import KeyPair, SigningError, new_key, read_keys, write_keys

PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
PLAIN = serialization.NoEncryption()
KEYS = [new_key(), new_key()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "signing-key.pem"


def pem(key: KeyPair = KEYS[0]) -> bytes:
    return key.private.private_bytes(PEM, PKCS8, PLAIN)


def put(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    path.write_bytes(content)
    path.chmod(mode)


def refusal(path: Path) -> str:
    with pytest.raises(SigningError) as refused:
        read_keys(path)
    return str(refused.value)


def kids(path: Path) -> list[str]:
    return [key.kid for key in read_keys(path)]


@pytest.mark.parametrize("count", [1, 2])
def test_written_keys_are_read_back_in_order(path: Path, count: int) -> None:
    write_keys(path, KEYS[:count])

    assert kids(path) == [key.kid for key in KEYS[:count]]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_written_file_replaces_a_file_that_others_could_read(path: Path) -> None:
    put(path, b"old", mode=0o644)

    write_keys(path, KEYS)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_folder_of_the_file_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "key.pem"

    write_keys(path, KEYS)

    assert kids(path) == [key.kid for key in KEYS]


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_write_that_fails_keeps_the_old_file(path: Path, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write_keys(path, KEYS[:1])
    before = path.read_bytes()

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os if broken == "fsync" else Path, broken, refuse)
    with pytest.raises(SigningError, match=r"signing-key\.pem cannot be written: No space left on device\.$"):
        write_keys(path, KEYS)

    assert path.read_bytes() == before
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_file_under_a_file_is_refused(path: Path) -> None:
    put(path, b"")

    with pytest.raises(SigningError, match="cannot be written"):
        write_keys(path / "key.pem", KEYS)


def test_missing_file_is_refused(path: Path) -> None:
    assert refusal(path) == f"The signing key {path} cannot be read: No such file or directory."


def test_folder_is_refused(path: Path) -> None:
    path.mkdir()

    assert refusal(path) == f"The signing key {path} cannot be read: Is a directory."


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o604, 0o601])
def test_file_that_others_can_use_is_refused(path: Path, mode: int) -> None:
    put(path, pem(), mode=mode)

    assert refusal(path) == f"The signing key {path} can be read by others: chmod 600 {path}"


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_file_of_the_owner_alone_is_read(path: Path, mode: int) -> None:
    put(path, pem(), mode=mode)

    assert kids(path) == [KEYS[0].kid]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"garbage",
        pem() + b"garbage\n" + pem(KEYS[1]),
        b"garbage" + pem(),
        pem() + b"-----BEGIN PRIVATE KEY-----\n",
        pem()[:-10],
    ],
    ids=["empty", "blank", "garbage", "between", "before", "open end", "cut"],
)
def test_file_that_is_no_list_of_keys_is_refused(path: Path, content: bytes) -> None:
    put(path, content)

    assert refusal(path) == f"{path} is no PEM file of private keys; make one with: manage.py signing_key new"


@pytest.mark.parametrize(
    "content",
    [
        rsa.generate_private_key(65537, 2048).private_bytes(PEM, PKCS8, PLAIN),
        ec.generate_private_key(ec.SECP256R1()).private_bytes(PEM, PKCS8, PLAIN),
        x25519.X25519PrivateKey.generate().private_bytes(PEM, PKCS8, PLAIN),
    ],
    ids=["RSA", "EC", "X25519"],
)
def test_key_of_another_kind_is_refused(path: Path, content: bytes) -> None:
    put(path, pem() + content)

    assert refusal(path) == f"{path} holds a key that is not Ed25519; make one with: manage.py signing_key new"


@pytest.mark.parametrize(
    "content",
    [
        KEYS[0].private.private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"secret")),
        KEYS[0].private.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ],
    ids=["encrypted", "public", "nonsense"],
)
def test_block_that_cannot_be_used_is_refused(path: Path, content: bytes) -> None:
    put(path, content)

    assert refusal(path).startswith(f"{path} holds a block that is no unencrypted private key: ")


def test_private_key_is_in_no_message(path: Path) -> None:
    put(path, pem() + pem()[:-10])

    assert pem().splitlines()[1].decode() not in refusal(path)


def test_blank_lines_between_blocks_are_allowed(path: Path) -> None:
    put(path, b"\n" + pem() + b"\n\n" + pem(KEYS[1]) + b"\n")

    assert kids(path) == [key.kid for key in KEYS]
