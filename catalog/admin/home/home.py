"""The admin's home: what is live, and what needs somebody's attention."""

from typing import Any

from django.http import HttpRequest

from catalog.models import Snapshot
from catalog.models.snapshots import SnapshotState
from catalog.publishing.status import publishing_warnings


def add_status(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds `live` and `warnings` to the context of the home page; three queries."""
    live = Snapshot.objects.filter(state=SnapshotState.LIVE).first()
    return {**context, "live": live, "warnings": publishing_warnings()}
