"""Where entries stood when a list was begun: those that a publish changed between two pages keep their places.

Else an entry that a publish renames would be moved behind the page that is being read, or before it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from catalog.api.problems import ProblemError
from catalog.api.read.paging import KEY, MONTHLY_COST, NAME, UPDATED, Cursor, Order, Position, fold
from catalog.models import LiveEntry, Revision, SnapshotChange
from catalog.models.choices import Lifecycle
from catalog.publishing.candidate import read_revisions
from catalog.publishing.rollback import PUBLISHED

MAX_MOVED = 2000

VALUES: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    NAME: lambda document: fold(document["display_name"]),
    MONTHLY_COST: lambda document: document.get("monthly_cost_range", [None])[0],
}


class ExpiredCursorError(ProblemError):
    status_code = 410
    default_code = "expired_cursor"


def moved_since(rows: QuerySet[LiveEntry], *, cursor: Cursor, order: Order, serial: int | None) -> dict[str, Position]:
    """Key -> where it stood, of every row that was changed since the list was begun; nothing in the order of keys.

    What is new since has no place of that time: it stands where it is. None of it costs a query until there is a
    publish; then three or four. Raises ExpiredCursorError if too much has changed.
    """
    if order.name == KEY or cursor.serial == serial:
        return {}
    moved = rows.filter(serial__gt=cursor.serial)
    now = dict(order.sort(moved).values_list("key", "value")[: MAX_MOVED + 1])
    if len(now) > MAX_MOVED:
        raise ExpiredCursorError(f"More than {MAX_MOVED:,} entries changed since this list was begun; begin again.")
    then = _times(moved, cursor) if order.name == UPDATED else _values(moved, cursor, VALUES[order.name])
    return {key: Position(then.get(key, value), key) for key, value in now.items()}


def _values(moved: QuerySet[LiveEntry], cursor: Cursor, value_of: Callable[[Mapping[str, Any]], Any]) -> dict[str, Any]:
    """Key -> value in the document that was live then."""
    changes = _changes_of(moved).filter(snapshot__serial__gt=cursor.serial).order_by("-snapshot__serial")
    # The last one that is kept for a key is the first that was made.
    old_ids = dict(changes.values_list("entry_key", "old_revision_id"))
    live_then = _published(read_revisions([old_id for old_id in old_ids.values() if old_id is not None]))
    return {revision.entry_key: value_of(revision.document) for revision in live_then}


def _times(moved: QuerySet[LiveEntry], cursor: Cursor) -> dict[str, datetime | None]:
    """Key -> when it had last been changed then."""
    changes = _changes_of(moved).filter(snapshot__serial__lte=cursor.serial).order_by("snapshot__serial")
    was_live = changes.exclude(new_revision=None).exclude(new_revision__lifecycle=Lifecycle.REMOVED)
    return dict(was_live.values_list("entry_key", "snapshot__published_at"))


def _changes_of(moved: QuerySet[LiveEntry]) -> QuerySet[SnapshotChange]:
    return SnapshotChange.objects.filter(snapshot__state__in=PUBLISHED, entry_key__in=moved.order_by().values("key"))


def _published(revisions: Any) -> list[Revision]:
    return [revision for revision in revisions if revision.lifecycle != Lifecycle.REMOVED]
