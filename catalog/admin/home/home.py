"""The admin's home: what is live, what waits for whom, and what happened lately; each part for who may open it."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from catalog.admin.home.charts import count_days, draw_chart
from catalog.admin.home.lately import find_latest, find_people
from catalog.admin.home.live import Live, describe_live, find_failures
from catalog.admin.home.parts import find_parts
from catalog.admin.home.todo import Todo, find_rejected, find_unpublished, find_waiting
from catalog.admin.pages import person_of
from catalog.models import Snapshot
from catalog.publishing.status import publishing_warnings


def add_status(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds the parts of `admin/index.html`; a part that the person may not see is None."""
    person = person_of(request)
    sees_publishing = person.has_perm("catalog.view_snapshot")
    sees_revisions = person.has_perm("catalog.view_revision")
    live = describe_live() if sees_publishing else None
    failures = find_failures() if sees_publishing else []
    waiting = find_waiting(request) if sees_revisions else None
    unpublished = find_unpublished(request) if sees_revisions else None
    days = count_days() if sees_publishing and sees_revisions else None
    return {
        **context,
        "title": "Home",
        "warnings": publishing_warnings() if sees_publishing else None,
        "live": live,
        "failures": failures,
        "last_failed": has_failed_last(live, failures),
        "is_empty": has_nothing(live, waiting, unpublished),
        "waiting": waiting,
        "unpublished": unpublished,
        "rejected": find_rejected(request) if sees_revisions else None,
        "parts": find_parts(request),
        "days": days,
        "chart": draw_chart(days) if days and any(day.changes or day.publishes for day in days) else None,
        "people": find_people(request) if sees_revisions else None,
        "latest": find_latest(request) if person.has_perm("catalog.view_activity") else None,
        "may_approve": person.has_perm("catalog.approve_revision"),
        "may_publish": person.has_perm("catalog.publish_snapshot"),
        "may_add": person.has_perm("catalog.add_provider"),
    }


def has_failed_last(live: Live | None, failures: Sequence[Snapshot]) -> bool:
    """Whether nothing was published since the newest of the failures."""
    if live is None or not failures:
        return False
    return live.snapshot is None or failures[0].pk > live.snapshot.pk


def has_nothing(live: Live | None, *todos: Todo | None) -> bool:
    """Whether nothing is published, and nothing on its way there, as far as the person sees."""
    return live is not None and live.snapshot is None and not any(todo and todo.count for todo in todos)
