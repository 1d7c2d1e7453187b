"""After the commit: the CDN is told until it has done it, and the public address is read until it shows the serial."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.models import Invalidation, Snapshot
from catalog.models.delivery import InvalidationState
from catalog.models.snapshots import SnapshotState
from catalog.publishing.cdn import MAX_PATHS_IN_PROGRESS, MAX_WILDCARDS_IN_PROGRESS, Cdn, CdnError, invalidation_paths
from catalog.publishing.outlet import Fetch
from catalog.publishing.pointer import PointerError, parse_pointer
from catalog.publishing.tree import POINTER_PATH

logger = logging.getLogger(__name__)
OVERDUE = timedelta(minutes=5)
MAX_PAUSE = timedelta(minutes=5)
# CloudFront takes a minute or two.
SURELY_DONE = timedelta(hours=1)


def queue_invalidation(paths: Sequence[str], *, reference: str) -> None:
    """Keep that these files of the tree must be forgotten; joined to what waits untried: nothing is asked twice."""
    if _join(paths):
        return
    now = timezone.now()
    try:
        with transaction.atomic():
            Invalidation.objects.create(
                reference=f"{reference}-{now:%Y%m%dT%H%M%S%f}", paths=list(paths), next_try_at=now, created_at=now
            )
    except IntegrityError:
        # Somebody has queued at the same time; only one row may wait untried.
        if not _join(paths):
            raise


def send_invalidations(cdn: Cdn, *, public_url: str) -> None:
    """Send what waits, oldest first, within the CDN's limits; ask after what it has accepted. Never raises CdnError."""
    _ask_after_accepted(cdn)
    for row in Invalidation.objects.filter(state=InvalidationState.WAITING, next_try_at__lte=timezone.now()):
        if not _fits(row):
            return
        _send(cdn, row, public_url=public_url)


def confirm_visible(fetch: Fetch) -> bool:
    """One look at the public address: whether the live serial shows there, now or before. Keeps the first time."""
    live = Snapshot.objects.filter(state=SnapshotState.LIVE).first()
    if live is None or live.serial is None or live.cdn_visible_at is not None:
        return live is not None
    content = fetch(POINTER_PATH)
    try:
        seen = parse_pointer(content).serial if content is not None else 0
    except PointerError:
        seen = 0
    if seen < live.serial:
        return False
    Snapshot.objects.filter(pk=live.pk, cdn_visible_at=None).update(cdn_visible_at=timezone.now())
    return True


@transaction.atomic(savepoint=False)
def _join(paths: Sequence[str]) -> bool:
    """Add `paths` to what waits untried; False if nothing does."""
    waiting = Invalidation.objects.select_for_update().filter(state=InvalidationState.WAITING, attempts=0).first()
    if waiting is None:
        return False
    waiting.paths = sorted({*waiting.paths, *paths})
    waiting.save(update_fields=("paths",))
    return True


def _ask_after_accepted(cdn: Cdn) -> None:
    """Note what is carried out. A CDN that does not answer is not asked again before the next sweep."""
    accepted = Invalidation.objects.filter(state=InvalidationState.ACCEPTED)
    # Without an answer too, or a role that may not look would fill the limits of what is in progress for ever.
    accepted.filter(next_try_at__lt=timezone.now() - SURELY_DONE).update(state=InvalidationState.DONE)
    for row in accepted:
        try:
            done = cdn.is_done(row.cdn_id)
        except CdnError as error:
            logger.warning("invalidation %s: %s", row.reference, error)
            return
        if done:
            Invalidation.objects.filter(pk=row.pk).update(state=InvalidationState.DONE)


def _fits(row: Invalidation) -> bool:
    accepted = Invalidation.objects.filter(state=InvalidationState.ACCEPTED).values_list("paths", flat=True)
    paths = [path for batch in [*accepted, row.paths] for path in invalidation_paths(batch, public_url="")]
    wildcards = sum(path.endswith("*") for path in paths)
    return len(paths) <= MAX_PATHS_IN_PROGRESS and wildcards <= MAX_WILDCARDS_IN_PROGRESS


def _send(cdn: Cdn, row: Invalidation, *, public_url: str) -> None:
    pause = min(timedelta(seconds=5 * 2 ** min(row.attempts, 10)), MAX_PAUSE)
    # From here on its paths are fixed: with the same reference and paths a second try is the first one.
    claimed = Invalidation.objects.filter(pk=row.pk, state=InvalidationState.WAITING, attempts=row.attempts)
    if claimed.update(attempts=row.attempts + 1, next_try_at=timezone.now() + pause) == 0:
        return
    row.refresh_from_db()
    try:
        paths = invalidation_paths(row.paths, public_url=public_url)
        cdn_id = cdn.invalidate(paths, reference=row.reference)
    except CdnError as error:
        logger.warning("invalidation %s will be tried again: %s", row.reference, error)
        Invalidation.objects.filter(pk=row.pk).update(last_error=str(error))
        return
    Invalidation.objects.filter(pk=row.pk).update(state=InvalidationState.ACCEPTED, cdn_id=cdn_id, last_error="")
