"""One publish, in the order that keeps readers whole: objects, index, snapshot, pointer, copies, database.

1. claim the Snapshot, read what is live in the store, validate everything that changes;
2. and 3. PUT new objects, changed shards and bundles, and the snapshot, in any order: no reader knows their names yet;
4. when all of them are there, commit: move `current.json` if it is still the one seen in step 1, else start over;
5. bring the copies at fixed paths and then the manifest forward;
6. and 7. mark the Snapshot live, keep what the CDN must forget, and tell it.
Killed anywhere, the same steps run again end in the same bytes. Reference: ADR 0002.
"""

import logging
from datetime import datetime
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from catalog.documents.canonical import sha256_hex
from catalog.models import Snapshot
from catalog.models.snapshots import SnapshotState
from catalog.publishing import lease
from catalog.publishing.base import Base, read_base, read_snapshot
from catalog.publishing.candidate import find_problems, read_changes, rebase_changes
from catalog.publishing.delivery import send_invalidations
from catalog.publishing.edition import Edition
from catalog.publishing.keys import announce_keys, register_keys
from catalog.publishing.outlet import Outlet
from catalog.publishing.plan import describe_problems
from catalog.publishing.pointer import make_pointer, render_pointer
from catalog.publishing.rollback import RollbackError, find_serial, write_changes_back
from catalog.publishing.stores.base import PreconditionError, Store, StoreError
from catalog.publishing.tree import KEYS_PATH, MANIFEST_PATH, POINTER_PATH, TreeFile, copy_path
from catalog.publishing.upload import WORKERS, Progress, quiet, reading_early, upload_copies, uploading_new

logger = logging.getLogger(__name__)
MAX_STARTS = 5
UNEXPECTED = "An unexpected error; the worker's log has the details."


class PublishError(Exception):
    """The publish was given up before anything visible changed; the message says why."""


def run_publish(snapshot_id: int, *, outlet: Outlet, progress: Progress = quiet) -> None:
    """Publish a Snapshot that waits, or finish one whose publisher died; nothing if somebody else is at it.

    How it ended is in the row: `live`, `failed` with the reason, or `publishing` with a reason if the pointer has moved
    but a later step did not succeed; then a sweep finishes it.
    """
    if not (lease.claim(snapshot_id) or lease.take_over(snapshot_id)):
        return
    with bound_contextvars(snapshot=snapshot_id):
        _run_to_an_end(snapshot_id, outlet=outlet, progress=progress)
        send_invalidations(outlet.cdn, public_url=outlet.public_url)


def _run_to_an_end(snapshot_id: int, *, outlet: Outlet, progress: Progress) -> None:
    beat = lease.heartbeat(snapshot_id)

    def beating_progress(what: str, done: int) -> None:
        beat(what, done)
        progress(what, done)

    try:
        _run(snapshot_id, outlet=outlet, progress=beating_progress)
        logger.info("snapshot request %s was carried out", snapshot_id)
    except (PublishError, RollbackError, StoreError) as error:
        logger.warning("snapshot request %s was not published: %s", snapshot_id, error)
        _end(snapshot_id, outlet, str(error))
    except Exception:
        logger.exception("snapshot request %s was not published", snapshot_id)
        _end(snapshot_id, outlet, UNEXPECTED)


def sweep(*, outlet: Outlet) -> None:
    """Finish what a dead publisher left, publish what waits, tell the CDN what it has not taken yet.

    A lost message costs one sweep interval, no more.
    """
    for state in (SnapshotState.PUBLISHING, SnapshotState.PENDING):
        for snapshot_id in Snapshot.objects.filter(state=state).values_list("pk", flat=True):
            run_publish(snapshot_id, outlet=outlet)
    send_invalidations(outlet.cdn, public_url=outlet.public_url)


def _run(snapshot_id: int, *, outlet: Outlet, progress: Progress) -> None:
    for _ in range(MAX_STARTS):
        # In this order: what is known of the Snapshot is then never older than what is known of the store.
        base = _read_base(outlet.store)
        snapshot = Snapshot.objects.get(pk=snapshot_id)
        if snapshot.state != SnapshotState.PUBLISHING:
            return
        if _is_committed(snapshot, base):
            _finish_late(snapshot, base, outlet, progress=progress)
            return
        _agree_with_store(base, outlet, progress=progress)
        edition = _prepare(snapshot, base, outlet, progress=progress)
        if edition is not None and _publish(snapshot, edition, outlet, progress=progress):
            return
    raise PublishError(f"The registry was changed by somebody else {MAX_STARTS} times in a row; try again.")


def _read_base(store: Store) -> Base:
    """What is live in the store; the snapshot that should be is read beside the pointer that says whether it is."""
    expected = Snapshot.objects.filter(state=SnapshotState.LIVE).values_list("path", flat=True)
    with reading_early(store) as early:
        early.read([POINTER_PATH, *expected])
        return read_base(early)


def _is_committed(snapshot: Snapshot, base: Base) -> bool:
    return base.pointer is not None and base.pointer.sha256 == snapshot.sha256


def _agree_with_store(base: Base, outlet: Outlet, *, progress: Progress) -> None:
    """The live Snapshot of the database must be the one in the store; a late commit is finished first.

    Raises PublishError if the store holds what this database does not know.
    """
    digest = base.pointer.sha256 if base.pointer else ""
    live = Snapshot.objects.filter(state=SnapshotState.LIVE).first()
    if digest == (live.sha256 if live else ""):
        return
    late = Snapshot.objects.filter(sha256=digest, state=SnapshotState.FAILED).first() if digest else None
    if late is None:
        raise PublishError(
            f"The store {outlet.store.address} is at serial {base.serial}, this database at "
            f"{live.serial if live else 0}: they do not belong together. Check REGISTRY_STORE_URL and DATABASE_URL; "
            "a database that was lost is rebuilt by restore_from_store."
        )
    _finish_late(late, base, outlet, progress=progress)


def _prepare(snapshot: Snapshot, base: Base, outlet: Outlet, *, progress: Progress) -> Edition | None:
    """Validate, and fix serial and time before the first PUT; a second run after a kill finds them fixed.

    None if somebody else has ended this publish, or is further with it.
    """
    target = None
    if snapshot.rolled_back_to is not None:
        earlier = find_serial(snapshot.rolled_back_to)
        target = read_snapshot(outlet.store, earlier.path, earlier.sha256)
    if not _bring_changes_up_to_date(snapshot):
        return None
    changes = read_changes(snapshot)
    if not changes:
        raise PublishError("Nothing is left to publish: all of it is live already.")
    # What was published once, as a whole, was valid then; a rollback must not be stopped by a rule made since.
    problems = [] if target else find_problems(changes, on_document=lambda done: progress("checks", done))
    if problems:
        raise PublishError(describe_problems(problems))
    published_at = _fix_serial(snapshot, base.serial + 1)
    if published_at is None:
        return None
    return Edition(base.serial + 1, published_at, base, changes, outlet.public_url, target)


@transaction.atomic
def _bring_changes_up_to_date(snapshot: Snapshot) -> bool:
    """As seen from what is live now. False, and nothing done, once it is ended: its changes are history then."""
    if not _ours(snapshot).select_for_update().exists():
        return False
    if snapshot.rolled_back_to is None:
        rebase_changes(snapshot)
    else:
        write_changes_back(snapshot, snapshot.rolled_back_to)
    return True


@transaction.atomic
def _fix_serial(snapshot: Snapshot, serial: int) -> datetime | None:
    """When this serial is published: now, unless somebody has fixed it; the same serial always has the same time.

    A serial never goes back, so that a publisher with an old base writes nothing into the row of a newer attempt.
    None if it would, or if the publish was ended.
    """
    row = _ours(snapshot).select_for_update().first()
    if row is None or (row.serial or 0) > serial:
        return None
    if row.serial != serial or row.published_at is None:
        row.serial, row.published_at = serial, timezone.now().replace(microsecond=0)
        row.save(update_fields=("serial", "published_at"))
    return row.published_at


def _publish(snapshot: Snapshot, edition: Edition, outlet: Outlet, *, progress: Progress) -> bool:
    """Steps 2 to 7. False if somebody else was first: then nothing that a reader sees has changed."""
    with reading_early(outlet.store) as early:
        early.read(_first_to_read(edition))
        with uploading_new(early, progress) as upload:
            upload(edition.new_files())
            file = edition.snapshot_file()
            upload([file])
            # While the last of them are written. Keys no sooner, since one may have retired during a long upload.
            register_keys(outlet.keys)
            early.read([KEYS_PATH])
            manifest = edition.manifest_file()
        announce_keys(early)
        # A store that cannot be read now would leave the copies behind the pointer.
        early.settle()
        if not _commit(snapshot, edition, file, outlet):
            return False
        _finish(snapshot, edition, manifest, early, progress=progress)
    return True


def _commit(snapshot: Snapshot, edition: Edition, file: TreeFile, outlet: Outlet) -> bool:
    """Step 4, with the snapshot's file."""
    digest = sha256_hex(file.content)
    expires_at = _expiry(edition.published_at)
    if not _ours(snapshot, serial=edition.serial).update(path=file.path, sha256=digest, expires_at=expires_at):
        return False
    pointer = make_pointer(
        serial=edition.serial,
        path=file.path,
        sha256=digest,
        published_at=edition.published_at,
        expires_at=expires_at,
    )
    moved = _move_pointer(outlet, render_pointer(pointer, outlet.keys), etag=edition.base.etag)
    # A client that retried after a time-out may be refused because its own first try came through.
    return moved or _is_committed(Snapshot.objects.get(pk=snapshot.pk), read_base(outlet.store))


def _finish_late(snapshot: Snapshot, base: Base, outlet: Outlet, *, progress: Progress) -> None:
    """Steps 5 to 7 of a Snapshot whose publisher died after the commit; the same bytes from whatever base."""
    if snapshot.serial is None or snapshot.published_at is None:
        raise PublishError("A committed snapshot has no serial; this is a bug.")
    edition = Edition(snapshot.serial, snapshot.published_at, base, read_changes(snapshot), outlet.public_url)
    with reading_early(outlet.store) as early:
        early.read(_first_to_read(edition))
        _finish(snapshot, edition, edition.manifest_file(), early, progress=progress)


def _finish(snapshot: Snapshot, edition: Edition, manifest: TreeFile, store: Store, *, progress: Progress) -> None:
    """Steps 5 to 7; the manifest when all that it names is there."""
    for added in (True, False):
        copies = edition.copies(added=added)
        upload_copies(store, copies, serial=edition.serial, is_new=added, progress=progress)
    is_first = edition.base.pointer is None
    upload_copies(store, [manifest], serial=edition.serial, is_new=is_first, progress=progress)
    changed = [POINTER_PATH, KEYS_PATH, manifest.path, *(copy_path(key) for key in edition.changes)]
    lease.mark_live(snapshot.pk, stale_paths=changed)


def _first_to_read(edition: Edition) -> list[str]:
    """The manifest and the first copies that are not new: more of them are read while others are written anyway."""
    if edition.base.pointer is None:
        return []
    replaced = (copy_path(key) for key, change in edition.changes.items() if change.published and change.old)
    return [*islice(replaced, WORKERS - 1), MANIFEST_PATH]


def _expiry(published_at: datetime) -> datetime:
    """Counted from the publish, so that a second run makes the same bytes; from now if that is long ago."""
    now, validity = timezone.now().replace(microsecond=0), settings.REGISTRY_POINTER_VALIDITY
    return (published_at if now - published_at < validity / 2 else now) + validity


def _move_pointer(outlet: Outlet, file: TreeFile, *, etag: str | None) -> bool:
    if etag is None:
        return outlet.store.put_if_absent(file.path, file.content)
    try:
        outlet.store.put_if_match(file.path, file.content, etag=etag)
    except PreconditionError:
        return False
    return True


def _ours(snapshot: Snapshot, **columns: object) -> QuerySet[Snapshot]:
    """The row, as long as it is still to be published."""
    return Snapshot.objects.filter(pk=snapshot.pk, state=SnapshotState.PUBLISHING, **columns)


def _end(snapshot_id: int, outlet: Outlet, reason: str) -> None:
    """Mark the Snapshot failed, unless the pointer has moved to it, or may have: then a sweep decides."""
    snapshot = Snapshot.objects.get(pk=snapshot_id)
    try:
        may_be_live = bool(snapshot.sha256) and _is_committed(snapshot, read_base(outlet.store))
    except StoreError:
        may_be_live = bool(snapshot.sha256)
    if may_be_live:
        lease.note_trouble(snapshot_id, reason)
    else:
        lease.fail(snapshot_id, reason)
