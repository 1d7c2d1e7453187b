"""Which snapshot is live: what every answer about live entries begins with. Its digest stands for all that is live."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Subquery

from catalog.models import Snapshot
from catalog.models.snapshots import SnapshotState


class Whole(NamedTuple):
    """The live snapshot; no serial, digest and time before the first publish."""

    serial: int | None = None
    sha256: str = ""
    published_at: datetime | None = None


# Made once: to make a query takes longer than to ask it, and every read begins with this one.
LIVE = Snapshot.objects.filter(state=SnapshotState.LIVE).order_by()
WHOLES = LIVE.values_list("serial", "sha256", "published_at")[:1]
# The serial of the live snapshot as part of another query: rows then say of which whole they are.
LIVE_SERIAL = Subquery(LIVE.values("serial")[:1])


def live_whole() -> Whole:
    """One query."""
    return next((Whole(*live) for live in WHOLES.all()), Whole())
