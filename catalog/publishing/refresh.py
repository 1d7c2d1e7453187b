"""Keeps the live pointer fresh: a later `expires_at`, the keys that sign now, and nothing else.

A reader refuses an expired pointer, so that nobody can keep it on old content by replaying an old one.
"""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from catalog.models import Snapshot
from catalog.models.snapshots import SnapshotState
from catalog.publishing.base import read_base
from catalog.publishing.delivery import queue_invalidation
from catalog.publishing.keys import announce_keys, register_keys
from catalog.publishing.outlet import Outlet
from catalog.publishing.pointer import make_pointer, render_pointer
from catalog.publishing.stores.base import PreconditionError, StoreError
from catalog.publishing.tree import KEYS_PATH, POINTER_PATH

# A quarter of its life may pass before it is renewed; half of it, before somebody is warned.
RENEWALS_PER_LIFE = 4


def refresh_pointer(outlet: Outlet, *, only_if_due: bool = False, as_fence: bool = False) -> bool:
    """Sign the live pointer again with a new expiry; whether it was written.

    `as_fence` makes its bytes differ, and so its ETag, even within the second in which it was written before.
    False too if somebody else moved the pointer meanwhile: theirs is as fresh. Raises StoreError if nothing is live, or
    the store is not where the database is.
    """
    base = read_base(outlet.store)
    live = Snapshot.objects.filter(state=SnapshotState.LIVE).first()
    if base.pointer is None or base.etag is None or live is None or live.published_at is None:
        raise StoreError("Nothing is published yet, so there is no pointer to refresh.")
    if base.pointer.sha256 != live.sha256:
        raise StoreError("The pointer is not at the live snapshot of this database; run resume_publish first.")
    now = timezone.now().replace(microsecond=0)
    validity = settings.REGISTRY_POINTER_VALIDITY
    if only_if_due and live.expires_at and live.expires_at - now > validity - validity / RENEWALS_PER_LIFE:
        return False
    expires_at = now + validity
    if as_fence and live.expires_at and expires_at <= live.expires_at:
        expires_at = live.expires_at + timedelta(seconds=1)
    register_keys(outlet.keys)
    announce_keys(outlet.store)
    pointer = make_pointer(
        serial=base.pointer.serial,
        path=live.path,
        sha256=live.sha256,
        published_at=live.published_at,
        expires_at=expires_at,
    )
    file = render_pointer(pointer, outlet.keys)
    try:
        outlet.store.put_if_match(file.path, file.content, etag=base.etag)
    except PreconditionError:
        return False
    Snapshot.objects.filter(pk=live.pk).update(expires_at=expires_at)
    queue_invalidation([POINTER_PATH, KEYS_PATH], reference=f"refresh-{live.serial}")
    return True
