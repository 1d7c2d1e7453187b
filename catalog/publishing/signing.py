"""Ed25519 signatures of the pointer, and the file that holds the private keys.

The file is PEM with one block a key; every key in it signs, so that a rotation overlaps.
Reference: RFC 7515 (JWS, general serialization), RFC 9864 (alg "Ed25519"), RFC 8037 (OKP keys), RFC 7638 (thumbprints).
"""

import base64
import hashlib
import json
import os
import re
import stat
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PEM_BLOCK = re.compile(rb"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----\s*", re.DOTALL)


class SigningError(Exception):
    """The keys cannot be used; the message says what to do."""


class SignatureError(ValueError):
    """No trusted key has signed this."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """One key that signs."""

    private: Ed25519PrivateKey

    @property
    def x(self) -> str:
        """The public key, 32 bytes in base64url."""
        return encode(self.private.public_key().public_bytes_raw())

    @property
    def kid(self) -> str:
        return thumbprint(self.x)


def new_key() -> KeyPair:
    """A key whose id is typed as it is: one in 64 begins with a hyphen, which a command takes for an option."""
    while (key := KeyPair(Ed25519PrivateKey.generate())).kid.startswith("-"):
        pass
    return key


def read_keys(path: Path) -> list[KeyPair]:
    """The private keys in `path`. Raises SigningError: missing, readable by others, no PEM, another kind, empty."""
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise SigningError(f"The signing key {path} cannot be read: {error.strerror}.") from error
    if stat.S_IMODE(mode) & 0o077:
        raise SigningError(f"The signing key {path} can be read by others: chmod 600 {path}")
    keys = [_parse_block(path, block) for block in PEM_BLOCK.findall(content)]
    if not keys or PEM_BLOCK.sub(b"", content).strip():
        raise SigningError(f"{path} is no PEM file of private keys; make one with: manage.py signing_key new")
    return keys


def write_keys(path: Path, keys: Sequence[KeyPair]) -> None:
    """Replace the file by these keys, mode 0600, whole or not at all. Raises SigningError."""
    blocks = [
        key.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        for key in keys
    ]
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(b"".join(blocks))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise SigningError(f"The signing key {path} cannot be written: {error.strerror}.") from error


def sign(payload: bytes, keys: Sequence[KeyPair]) -> dict[str, Any]:
    """The payload as a JWS with one signature a key."""
    body = encode(payload)
    return {"payload": body, "signatures": [_signature(body, key) for key in keys]}


def verify(envelope: Mapping[str, Any], trusted: Mapping[str, str]) -> bytes:
    """The payload, if one of the `trusted` keys (kid -> x) has signed it.

    Raises SignatureError, or another ValueError for what is no JWS at all.
    """
    body = envelope["payload"]
    for signature in envelope["signatures"]:
        header = json.loads(decode(signature["protected"]))
        if not isinstance(header, dict) or header.get("alg") != "Ed25519":
            continue
        x = trusted.get(str(header.get("kid")))
        if x is None:
            continue
        try:
            signed = f"{signature['protected']}.{body}".encode()
            Ed25519PublicKey.from_public_bytes(decode(x)).verify(decode(signature["signature"]), signed)
        except InvalidSignature as error:
            raise SignatureError(f"The signature of the key {header['kid']} is wrong.") from error
        return decode(body)
    raise SignatureError("None of its signatures is by a trusted key.")


def thumbprint(x: str) -> str:
    """RFC 7638 thumbprint of an Ed25519 public key."""
    members = f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'
    return encode(hashlib.sha256(members.encode()).digest())


def encode(content: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of base64url without padding; raises ValueError, also for a second way to write the same bytes."""
    content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(content) != text:
        raise ValueError("It is not written as base64url.")
    return content


def _signature(body: str, key: KeyPair) -> dict[str, str]:
    protected = encode(json.dumps({"alg": "Ed25519", "kid": key.kid}, separators=(",", ":")).encode())
    return {"protected": protected, "signature": encode(key.private.sign(f"{protected}.{body}".encode()))}


def _parse_block(path: Path, block: bytes) -> KeyPair:
    try:
        key = serialization.load_pem_private_key(block, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningError(f"{path} holds a block that is no unencrypted private key: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningError(f"{path} holds a key that is not Ed25519; make one with: manage.py signing_key new")
    return KeyPair(key)
