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


def live_whole() -> Whole:
    """One query."""
    live = Snapshot.objects.filter(state=SnapshotState.LIVE).values_list("serial", "sha256", "published_at").first()
    return Whole(*live) if live else Whole()


def live_serial() -> Subquery:
    """The serial of the live snapshot as part of another query: rows then say of which whole they are."""
    return Subquery(Snapshot.objects.filter(state=SnapshotState.LIVE).values("serial")[:1])
