"""Who may sign: public keys, and the signatures of the pointer.

Reference: RFC 7515 (JWS, general serialization), RFC 9864 (alg "Ed25519"), RFC 7638 (thumbprints).
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from registry_client.core.content import parse_object
from registry_client.core.shapes import KEYS_PATH, POINTER_PATH
from registry_client.errors import KeyRetired, Malformed, RegistryInvalid, SignatureInvalid, UnknownKey

MAX_SIGNATURES = 16
# A clock that is a little slow must not refuse a registry that was just set up.
CLOCK_LEEWAY = timedelta(minutes=10)
ADVICE = "Pass the registry's own keys as trusted_keys, or forget the ones that were remembered by emptying cache_dir."


@dataclass(frozen=True, slots=True)
class Key:
    """A public key; without `not_before` or `not_after` it is valid for ever."""

    kid: str
    x: bytes
    not_before: datetime | None = None
    not_after: datetime | None = None

    def is_valid_at(self, now: datetime) -> bool:
        has_begun = self.not_before is None or self.not_before <= now + CLOCK_LEEWAY
        return has_begun and (self.not_after is None or now < self.not_after)


Keys = Mapping[str, Key]


def parse_keys(content: bytes) -> dict[str, Key]:
    """kid -> Key of a `keys.json`; keys of kinds that are not known are left out. Raises Malformed."""
    members = parse_object(KEYS_PATH, content)
    try:
        return {key.kid: key for key in map(_parse_key, members["keys"]) if key is not None}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(f"{KEYS_PATH} is no list of keys: {error!r}") from error


def pinned_keys(given: Mapping[str, Any] | Iterable[Any]) -> dict[str, Key]:
    """The keys that a caller trusts: a list of texts (`x`) or JWKs, kid -> x, or a whole keys.json as a dict.

    Raises ValueError, TypeError with what is wrong.
    """
    if isinstance(given, Mapping) and "keys" in given:
        given = given["keys"]
    if isinstance(given, str | bytes):
        raise TypeError("trusted_keys is a list of keys, or a mapping of kid to key; not one text.")
    listed = given.items() if isinstance(given, Mapping) else [(None, key) for key in given]
    try:
        keys = [_pinned(kid, key) for kid, key in listed]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"trusted_keys: {error}") from error
    if not keys:
        raise ValueError("trusted_keys is empty: nothing could be trusted. Use None to trust the first keys seen.")
    return {key.kid: key for key in keys}


def verify_pointer(content: bytes, keys: Keys, *, now: datetime) -> bytes:
    """The payload of `current.json`, if a key that is valid `now` has signed it; one signature is enough.

    Raises SignatureInvalid, KeyRetired, UnknownKey, Malformed.
    """
    body, signatures = _open(content)
    wrong: RegistryInvalid = UnknownKey(f"{POINTER_PATH} is not signed by a key that is trusted. {ADVICE}")
    for signature in signatures:
        key = keys.get(_kid(signature) or "")
        if key is None:
            continue
        if not _fits(signature, body, key):
            wrong = SignatureInvalid(f"{POINTER_PATH} was changed: the signature of the key {key.kid} is wrong.")
        elif key.is_valid_at(now):
            return decode(body)
        elif isinstance(wrong, UnknownKey):
            wrong = KeyRetired(f"{POINTER_PATH} is signed by the key {key.kid}, which is not valid now.")
    raise wrong


def payload_of(content: bytes) -> bytes:
    """The payload of `current.json`, whoever has signed it. Raises Malformed."""
    body, _ = _open(content)
    return decode(body)


def named_keys(payload: bytes) -> Keys | None:
    """The keys that sign now, as the payload of a pointer names them; None if it does not, as older ones.

    Raises Malformed.
    """
    listed = parse_object(POINTER_PATH, payload).get("keys")
    if listed is None:
        return None
    try:
        if len(listed) > MAX_SIGNATURES:
            raise ValueError(f"it names more than {MAX_SIGNATURES} keys")
        return {key.kid: key for key in map(_parse_key, listed) if key is not None}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(f"{POINTER_PATH} names no keys: {error!r}") from error


def follow_named(known: Keys, named: Keys | None) -> Keys:
    """The keys to trust after a pointer that a known key has signed: those it names, if it names any."""
    return known if named is None else {kid: known.get(kid, key) for kid, key in named.items()}


def follow_ends(known: Keys, listed: Keys, *, now: datetime) -> Keys:
    """The known keys, with the ends that a keys.json says they had.

    Nobody has signed keys.json: it can neither add a key nor bring one back, nor end one at a later day.
    """
    ended = {kid: key.not_after for kid, key in listed.items() if key.not_after is not None and key.not_after <= now}
    return {
        kid: replace(key, not_after=min(key.not_after or ended[kid], ended[kid])) if kid in ended else key
        for kid, key in known.items()
    }


def render_keys(keys: Keys) -> bytes:
    """A keys.json of these, as `parse_keys` reads it."""
    listed = [
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "kid": key.kid,
            "x": encode(key.x),
            "not_before": key.not_before and key.not_before.isoformat(),
            "not_after": key.not_after and key.not_after.isoformat(),
        }
        for key in keys.values()
    ]
    return json.dumps({"keys": listed}).encode()


def thumbprint(x: bytes) -> str:
    """RFC 7638 thumbprint of an Ed25519 public key: its `kid`."""
    members = f'{{"crv":"Ed25519","kty":"OKP","x":"{encode(x)}"}}'
    return encode(hashlib.sha256(members.encode()).digest())


def encode(content: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of base64url without padding; raises ValueError, also for a second way to write the same bytes."""
    content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(content) != text:
        raise ValueError("it is not written as base64url")
    return content


def _open(content: bytes) -> tuple[str, list[Mapping[str, str]]]:
    """The encoded payload and the signatures, all of them in the right shape."""
    members = parse_object(POINTER_PATH, content)
    try:
        body, signatures = members["payload"], members["signatures"]
        decode(body)
        if len(signatures) > MAX_SIGNATURES:
            raise ValueError(f"it has more than {MAX_SIGNATURES} signatures")
        for signature in signatures:
            decode(signature["protected"])
            decode(signature["signature"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(f"{POINTER_PATH} is no signed pointer: {error!r}") from error
    return body, signatures


def _kid(signature: Mapping[str, str]) -> str | None:
    """Whose signature it is; None if it is of a kind that is not known here, or asks for what is not."""
    header = parse_object(POINTER_PATH, decode(signature["protected"]))
    if header.get("alg") != "Ed25519" or "crit" in header:
        return None
    return str(header.get("kid"))


def _fits(signature: Mapping[str, str], body: str, key: Key) -> bool:
    signed = f"{signature['protected']}.{body}".encode()
    try:
        Ed25519PublicKey.from_public_bytes(key.x).verify(decode(signature["signature"]), signed)
    except InvalidSignature:
        return False
    return True


def _pinned(kid: str | None, given: Any) -> Key:
    key = _parse_key({"kty": "OKP", "crv": "Ed25519", "x": given} if isinstance(given, str) else given)
    if key is None:
        raise ValueError("only Ed25519 keys can be trusted (kty OKP, crv Ed25519)")
    if kid is not None and kid != key.kid:
        raise ValueError(f"{kid} is not the thumbprint of its key, which is {key.kid}")
    return key


def _parse_key(members: Mapping[str, Any]) -> Key | None:
    if members.get("kty") != "OKP" or members.get("crv") != "Ed25519":
        return None
    x = decode(members["x"])
    if len(x) != 32:
        raise ValueError("a public key has 32 bytes")
    kid = thumbprint(x)
    if members.get("kid", kid) != kid:
        raise ValueError(f"{members['kid']!r} is not the thumbprint of its key")
    start, end = members.get("not_before"), members.get("not_after")
    return Key(kid, x, _moment(start) if start else None, _moment(end) if end else None)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment
