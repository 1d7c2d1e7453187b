"""What the registry held at an earlier serial, and what goes back to it: computed from the changes of each snapshot."""

from datetime import datetime

from django.db import transaction

from catalog.models import ENTRY_MODELS, Snapshot, SnapshotChange
from catalog.models.snapshots import SnapshotState

PUBLISHED = (SnapshotState.LIVE, SnapshotState.REPLACED)


class RollbackError(Exception):
    """There is nothing to go back to; the message says what there is."""


def find_serial(serial: int) -> Snapshot:
    """The published snapshot with this serial, whose files are still there. Raises RollbackError."""
    snapshot = Snapshot.objects.filter(serial=serial, state__in=PUBLISHED).first()
    if snapshot is None or snapshot.collected_at is not None:
        why = "was collected as garbage" if snapshot else "was never published"
        raise RollbackError(f"Serial {serial} {why}. Available: {_available()}.")
    return snapshot


def find_serial_at(moment: datetime) -> Snapshot:
    """The snapshot that was live at `moment`. Raises RollbackError if that was before the first."""
    snapshot = Snapshot.objects.filter(state__in=PUBLISHED, published_at__lte=moment).order_by("-serial").first()
    if snapshot is None or snapshot.serial is None:
        raise RollbackError(f"Nothing was published before {moment:%Y-%m-%d %H:%M} UTC. Available: {_available()}.")
    return find_serial(snapshot.serial)


def changes_back_to(serial: int) -> dict[str, tuple[int | None, int | None]]:
    """Key -> (live revision id, revision id at `serial`) of every entry that differs; None for not published."""
    published = SnapshotChange.objects.filter(snapshot__state__in=PUBLISHED)
    keys = set(published.filter(snapshot__serial__gt=serial).values_list("entry_key", flat=True))
    earlier = published.filter(snapshot__serial__lte=serial, entry_key__in=keys).order_by("snapshot__serial")
    then: dict[str, int | None] = dict(earlier.values_list("entry_key", "new_revision_id"))
    now: dict[str, int | None] = {}
    for model in ENTRY_MODELS:
        now.update(model.objects.filter(key__in=keys).values_list("key", "live_revision_id"))
    return {key: (now.get(key), then.get(key)) for key in sorted(keys) if now.get(key) != then.get(key)}


def steps_between(earlier: int, later: int) -> dict[str, tuple[int | None, int | None]]:
    """Key -> (revision id at serial `earlier`, one at `later`) of every entry that differs between the two wholes.

    None is not published. Two queries, O(changes since the first publish of those entries).
    """
    published = SnapshotChange.objects.filter(snapshot__state__in=PUBLISHED)
    since = published.filter(snapshot__serial__gt=earlier, snapshot__serial__lte=later)
    after: dict[str, int | None] = dict(
        since.order_by("snapshot__serial").values_list("entry_key", "new_revision_id").iterator()
    )
    until = published.filter(snapshot__serial__lte=earlier, entry_key__in=since.order_by().values("entry_key"))
    before: dict[str, int | None] = dict(
        until.order_by("snapshot__serial").values_list("entry_key", "new_revision_id").iterator()
    )
    return {key: (before.get(key), after[key]) for key in sorted(after) if before.get(key) != after[key]}


@transaction.atomic
def write_changes_back(snapshot: Snapshot, serial: int) -> None:
    """Make the changes of `snapshot` those that bring back `serial`, as seen from what is live now."""
    snapshot.changes.all().delete()
    SnapshotChange.objects.bulk_create(
        (
            SnapshotChange(snapshot=snapshot, entry_key=key, old_revision_id=old, new_revision_id=new)
            for key, (old, new) in changes_back_to(serial).items()
        ),
        batch_size=500,
    )


def _available() -> str:
    kept = Snapshot.objects.filter(state__in=PUBLISHED, collected_at=None).order_by("-serial")
    serials = [str(serial) for serial in kept.values_list("serial", flat=True)[:20]]
    return ", ".join(serials) + (", ..." if kept.count() > len(serials) else "") if serials else "none"
