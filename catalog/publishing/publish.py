"""One publish, in the order that keeps readers whole: objects, index, snapshot, pointer, copies, database.

1. claim the Snapshot, read what is live in the store, validate everything that changes;
2. PUT new objects, changed shards and bundles; 3. PUT the snapshot;
4. commit: move `current.json` if it is still the one seen in step 1, else start over;
5. bring the copies at fixed paths and then the manifest forward;
6. (the CDN's place: invalidate what changed);
7. mark the Snapshot live.
Killed anywhere, the same steps run again end in the same bytes. Reference: ADR 0002.
"""

import logging

from django.utils import timezone

from catalog.documents.canonical import sha256_hex
from catalog.models import Snapshot
from catalog.models.snapshots import SnapshotState
from catalog.publishing import lease
from catalog.publishing.base import Base, read_base
from catalog.publishing.candidate import find_problems, read_changes, rebase_changes
from catalog.publishing.edition import Edition
from catalog.publishing.plan import describe_problems
from catalog.publishing.stores.base import PreconditionFailed, Store, StoreError
from catalog.publishing.tree import TreeFile
from catalog.publishing.upload import Progress, quiet, upload_copies, upload_new

logger = logging.getLogger(__name__)
MAX_STARTS = 5
UNEXPECTED = "An unexpected error; the worker's log has the details."


class PublishError(Exception):
    """The publish was given up before anything visible changed; the message says why."""


def run_publish(snapshot_id: int, *, store: Store, public_url: str, progress: Progress = quiet) -> None:
    """Publish a Snapshot that waits, or finish one whose publisher died; nothing if somebody else is at it.

    How it ended is in the row: `live`, `failed` with the reason, or `publishing` with a reason if the pointer has moved
    but a later step did not succeed; then a sweep finishes it.
    """
    if not (lease.claim(snapshot_id) or lease.take_over(snapshot_id)):
        return
    beat = lease.heartbeat(snapshot_id)

    def beating_progress(what: str, done: int) -> None:
        beat()
        progress(what, done)

    try:
        _run(snapshot_id, store=store, public_url=public_url, progress=beating_progress)
    except (PublishError, StoreError) as error:
        logger.warning("snapshot request %s was not published: %s", snapshot_id, error)
        _end(snapshot_id, store, str(error))
    except Exception:
        logger.exception("snapshot request %s was not published", snapshot_id)
        _end(snapshot_id, store, UNEXPECTED)


def publish_waiting(*, store: Store, public_url: str) -> None:
    """Finish what a dead publisher left, then publish what waits: a lost message costs one sweep interval, no more."""
    for state in (SnapshotState.PUBLISHING, SnapshotState.PENDING):
        for snapshot_id in Snapshot.objects.filter(state=state).values_list("pk", flat=True):
            run_publish(snapshot_id, store=store, public_url=public_url)


def _run(snapshot_id: int, *, store: Store, public_url: str, progress: Progress) -> None:
    for _ in range(MAX_STARTS):
        snapshot = Snapshot.objects.get(pk=snapshot_id)
        if snapshot.state != SnapshotState.PUBLISHING:
            return
        base = read_base(store)
        if not _is_committed(snapshot, base):
            _agree_with_store(base, store, public_url=public_url, progress=progress)
            edition = _prepare(snapshot, base, public_url=public_url, progress=progress)
            if not _commit(snapshot, edition, store, progress=progress):
                continue
        _finish(snapshot_id, base, store, public_url=public_url, progress=progress)
        return
    raise PublishError(f"The registry was changed by somebody else {MAX_STARTS} times in a row; try again.")


def _is_committed(snapshot: Snapshot, base: Base) -> bool:
    return base.pointer is not None and base.pointer.sha256 == snapshot.sha256


def _agree_with_store(base: Base, store: Store, *, public_url: str, progress: Progress) -> None:
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
            f"The store {store.address} is at serial {base.serial}, this database at {live.serial if live else 0}: "
            "they do not belong together. Check REGISTRY_STORE_URL and DATABASE_URL."
        )
    _finish(late.pk, base, store, public_url=public_url, progress=progress)


def _prepare(snapshot: Snapshot, base: Base, *, public_url: str, progress: Progress) -> Edition:
    """Validate, and fix serial and time before the first PUT; a second run after a kill finds them fixed."""
    rebase_changes(snapshot)
    changes = read_changes(snapshot)
    if not changes:
        raise PublishError("Nothing is left to publish: all of it is live already.")
    problems = find_problems(changes, on_document=lambda done: progress("checks", done))
    if problems:
        raise PublishError(describe_problems(problems))
    if snapshot.serial != base.serial + 1 or snapshot.published_at is None:
        snapshot.serial = base.serial + 1
        snapshot.published_at = timezone.now().replace(microsecond=0)
        _keep(snapshot, serial=snapshot.serial, published_at=snapshot.published_at)
    return Edition(snapshot.serial, snapshot.published_at, base, changes, public_url)


def _commit(snapshot: Snapshot, edition: Edition, store: Store, *, progress: Progress) -> bool:
    """Steps 2 to 4. False if somebody else moved the pointer first: then nothing that a reader sees has changed."""
    upload_new(store, edition.new_files(), progress)
    file = edition.snapshot_file()
    upload_new(store, [file], progress)
    _keep(snapshot, path=file.path, sha256=sha256_hex(file.content))
    pointer = edition.pointer_file(file)
    if edition.base.etag is None:
        moved = store.put_if_absent(pointer.path, pointer.content)
    else:
        moved = _replace(store, pointer, etag=edition.base.etag)
    # A client that retried after a time-out may be refused because its own first try came through.
    return moved or _is_committed(Snapshot.objects.get(pk=snapshot.pk), read_base(store))


def _finish(snapshot_id: int, base: Base, store: Store, *, public_url: str, progress: Progress) -> None:
    """Steps 5 to 7 of a committed Snapshot; the same bytes from whatever base they are made."""
    snapshot = Snapshot.objects.get(pk=snapshot_id)
    if snapshot.serial is None or snapshot.published_at is None:
        raise PublishError("A committed snapshot has no serial; this is a bug.")
    edition = Edition(snapshot.serial, snapshot.published_at, base, read_changes(snapshot), public_url)
    for added in (True, False):
        copies = edition.copies(added=added)
        upload_copies(store, copies, serial=edition.serial, is_new=added, progress=progress)
    manifest = edition.manifest_file()
    upload_copies(store, [manifest], serial=edition.serial, is_new=base.pointer is None, progress=progress)
    lease.mark_live(snapshot_id)


def _replace(store: Store, file: TreeFile, *, etag: str) -> bool:
    try:
        store.put_if_match(file.path, file.content, etag=etag)
    except PreconditionFailed:
        return False
    return True


def _keep(snapshot: Snapshot, **columns: object) -> None:
    """Write columns of a Snapshot that is still ours to publish. Raises PublishError if somebody else ended it."""
    ours = Snapshot.objects.filter(pk=snapshot.pk, state=SnapshotState.PUBLISHING)
    if ours.update(**columns) == 0:
        raise PublishError("Somebody else has ended this publish.")


def _end(snapshot_id: int, store: Store, reason: str) -> None:
    """Mark the Snapshot failed, unless the pointer has moved to it, or may have: then a sweep decides."""
    snapshot = Snapshot.objects.get(pk=snapshot_id)
    try:
        may_be_live = bool(snapshot.sha256) and _is_committed(snapshot, read_base(store))
    except StoreError:
        may_be_live = True
    if may_be_live:
        lease.note_trouble(snapshot_id, reason)
    else:
        lease.fail(snapshot_id, reason)
