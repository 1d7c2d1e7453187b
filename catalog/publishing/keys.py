"""Which keys sign, and `keys.json`: the public keys that readers check the pointer with.

A key is announced in `keys.json` before the pointer is signed with it, and stays listed after it retired, with its end.
Reference: RFC 7517 (JSON Web Key Set); `not_before` and `not_after` are ours.
"""

from collections.abc import Sequence

from django.utils import timezone

from catalog.models import SigningKey
from catalog.publishing.signing import KeyPair
from catalog.publishing.stores.base import PreconditionError, Store, StoreError
from catalog.publishing.tree import KEYS_PATH, TreeFile, indented, time_text

TRIES = 5


def register_keys(keys: Sequence[KeyPair]) -> None:
    """Give every key that signs its row, valid from now.

    A key that came back after retiring is valid again only if no other signs: a publisher that started before a key
    was retired must not bring it back.
    """
    rows = [
        SigningKey.objects.get_or_create(kid=key.kid, defaults={"x": key.x, "not_before": timezone.now()})[0]
        for key in keys
    ]
    if all(row.not_after is not None for row in rows):
        SigningKey.objects.filter(pk__in=[row.pk for row in rows]).update(not_after=None)


def render_keys() -> TreeFile:
    """`keys.json` of all keys that ever signed."""
    keys = [
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "alg": "Ed25519",
            "use": "sig",
            "kid": key.kid,
            "x": key.x,
            "not_before": time_text(key.not_before),
            "not_after": time_text(key.not_after) if key.not_after else None,
        }
        for key in SigningKey.objects.all()
    ]
    return TreeFile(KEYS_PATH, indented({"keys": keys}))


def announce_keys(store: Store) -> bool:
    """Bring `keys.json` up to date; whether it had to be written. One request if it was not, two if it was."""
    for _ in range(TRIES):
        # Read before it is rendered: a key that is added in between makes the write fail instead of being lost.
        stored = store.get(KEYS_PATH)
        file = render_keys()
        if stored is not None and stored.content == file.content:
            return False
        try:
            if stored is None:
                if store.put_if_absent(file.path, file.content):
                    return True
            else:
                store.put_if_match(file.path, file.content, etag=stored.etag)
                return True
        except PreconditionError:
            continue
    raise StoreError(f"{KEYS_PATH} was changed by somebody else {TRIES} times in a row.")
