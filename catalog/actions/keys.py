"""Rotate the keys that sign the pointer: add one, let both sign for a while, retire the old one."""

from django.conf import settings
from django.db import connection
from django.utils import timezone

from catalog.actions.errors import RefusedError
from catalog.models import SigningKey, Snapshot
from catalog.models.snapshots import SnapshotState
from catalog.publishing.keys import announce_keys, register_keys
from catalog.publishing.outlet import open_outlet, signing_keys
from catalog.publishing.refresh import refresh_pointer
from catalog.publishing.signing import new_key, read_keys, write_keys
from catalog.publishing.stores.base import StoreError

TRIES = 5


def add_signing_key() -> str:
    """Add a key to the file, announce it, sign the pointer with all keys; its kid.

    1. the file; 2. `keys.json`; 3. the pointer. Killed between, the next publish or refresh does the rest.
    Raises SigningError or StoreError.
    """
    path = settings.REGISTRY_SIGNING_KEY_FILE
    keys = read_keys(path) if path.exists() else []
    added = new_key()
    write_keys(path, [*keys, added])
    # The first key comes before the first migration, which the check of a missing key refuses; a publish registers it.
    if SigningKey._meta.db_table in connection.introspection.table_names():
        register_keys([*keys, added])
        _sign_again()
    return added.kid


def retire_signing_key(kid: str) -> None:
    """Take a key out of the file, sign the pointer without it, and give it its end in `keys.json`.

    The pointer goes first: at every moment one of its signatures is by a key that `keys.json` lists as valid.
    Killed between, the same again does the rest: a key that has left the file but has no end yet is taken, too.
    Raises RefusedError (no such key here, it is the only one, a publish that began with it is running), SigningError,
    StoreError.
    """
    keys = signing_keys()
    kept = [key for key in keys if key.kid != kid]
    if len(kept) == len(keys) and not SigningKey.objects.filter(kid=kid, not_after=None).exists():
        raise RefusedError(f"No key {kid} signs here: see signing_key list.")
    if not kept:
        raise RefusedError("This is the only key that signs; add another first: signing_key new.")
    if Snapshot.objects.filter(state=SnapshotState.PUBLISHING).exists():
        raise RefusedError("A publish is running that may still sign with this key; try again when it is done.")
    write_keys(settings.REGISTRY_SIGNING_KEY_FILE, kept)
    _sign_again()
    SigningKey.objects.filter(kid=kid, not_after=None).update(not_after=timezone.now())
    if Snapshot.objects.filter(state=SnapshotState.LIVE).exists():
        announce_keys(open_outlet().store)
        # A refresh that opened the file before it was changed may have signed with the old key in between.
        _sign_again()


def _sign_again() -> None:
    """Until it is done: somebody who moves the pointer meanwhile may have opened the file before it was changed."""
    if not Snapshot.objects.filter(state=SnapshotState.LIVE).exists():
        return
    for _ in range(TRIES):
        if refresh_pointer(open_outlet()):
            return
    raise StoreError(f"The pointer was moved by somebody else {TRIES} times in a row; try again.")
