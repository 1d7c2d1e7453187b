"""Secrets as they are kept: AES-256-GCM, under a key of a keyring, bound to the row that they are for.

`v1:<key id>:<base64 of nonce and ciphertext>`. The first key of the keyring seals, all of them open. A ciphertext moved
to another row does not open. Whatever cannot be opened is an error, never an empty secret. Reference: NIST SP 800-38D.
"""

import base64
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from deployments.contract import PermanentError

VERSION = "v1"
NONCE_BYTES = 12
KEY_BYTES = 32
KEYRING_HINT = (
    "Ask whoever runs the registry: REGISTRY_SECRETS_KEYRING or _KEYS must be the same keyring on every machine."
)
HINT = "Set the secret again; if that does not help, ask whoever runs the registry for its keyring."


class Sealed(Protocol):
    """A row that keeps a secret: `name` for messages, `sealed_for` what the ciphertext is bound to."""

    ciphertext: str

    @property
    def name(self) -> str: ...

    @property
    def sealed_for(self) -> str: ...


class KeyringError(PermanentError):
    """The keyring cannot be read or is none: for whoever runs the registry."""

    def __init__(self, message: str) -> None:
        super().__init__(message, hint=KEYRING_HINT)


def seal(secret: Sealed, value: str) -> str:
    """The ciphertext of a value for this row. Raises KeyringError."""
    key_id, key = next(iter(read_keyring().items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, value.encode(), _bound_to(secret))
    return f"{VERSION}:{key_id}:{base64.b64encode(nonce + sealed).decode()}"


def open_secret(secret: Sealed) -> str:
    """Its value. Raises PermanentError if no key of the keyring opens it, KeyringError."""
    version, _, rest = secret.ciphertext.partition(":")
    key_id, _, text = rest.partition(":")
    key = read_keyring().get(key_id)
    if version != VERSION or key is None:
        raise PermanentError(f"The secret {secret.name!r} was sealed with a key that is gone.", hint=HINT)
    try:
        content = base64.b64decode(text, validate=True)
        return AESGCM(key).decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], _bound_to(secret)).decode()
    except (InvalidTag, ValueError) as error:
        raise PermanentError(f"The secret {secret.name!r} is damaged.", hint=HINT) from error


def read_keyring() -> Mapping[str, bytes]:
    """Keys by their id, in the order of the keyring: `<id>:<base64 of 32 bytes>` each. Raises KeyringError.

    It is a file, or `REGISTRY_SECRETS_KEYS` of the environment. Where neither is named, a file with one key is made,
    readable by its owner alone: for the embedded default. Never where an operator has said which file it is: two
    machines would each make their own.
    """
    if settings.REGISTRY_SECRETS_KEYS:
        if not settings.REGISTRY_MAKES_KEYRING:
            raise KeyringError("REGISTRY_SECRETS_KEYRING and REGISTRY_SECRETS_KEYS are both set: one of them is right.")
        return _parse(settings.REGISTRY_SECRETS_KEYS.split(), place="REGISTRY_SECRETS_KEYS")
    path: Path = settings.REGISTRY_SECRETS_KEYRING
    try:
        if settings.REGISTRY_MAKES_KEYRING and not path.exists():
            make_keyring(path)
        lines = path.read_text().split()
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise KeyringError(f"The keyring {path} cannot be read: {reason}.") from error
    return _parse(lines, place=str(path))


def _parse(lines: Iterable[str], *, place: str) -> Mapping[str, bytes]:
    keys = {}
    for line in lines:
        key_id, _, text = line.partition(":")
        try:
            keys[key_id] = base64.b64decode(text, validate=True)
        except ValueError as error:
            raise KeyringError(f"{place}: the key {key_id!r} is not base64.") from error
        if len(keys[key_id]) != KEY_BYTES:
            raise KeyringError(f"{place}: the key {key_id!r} does not have {KEY_BYTES} bytes.")
    if not keys:
        raise KeyringError(f"{place} holds no key.")
    return keys


def make_keyring(path: Path) -> None:
    """A file with one new key; a file that is there stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = f"k1:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}\n"
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(made, "w") as file:
        file.write(line)


def _bound_to(secret: Sealed) -> bytes:
    return f"registry secret {secret.sealed_for}".encode()
