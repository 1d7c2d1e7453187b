"""The admin's home: what is live, what waits for whom, and what happened lately; each part for who may open it."""

from typing import Any

from django.http import HttpRequest

from catalog.admin.home.charts import count_days, draw_chart
from catalog.admin.home.lately import find_latest, find_people
from catalog.admin.home.live import describe_live, find_failures
from catalog.admin.home.todo import find_rejected, find_unpublished, find_waiting
from catalog.admin.pages import person_of
from catalog.publishing.status import publishing_warnings


def add_status(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds the parts of `admin/index.html`; a part that the person may not see is None."""
    person = person_of(request)
    sees_publishing = person.has_perm("catalog.view_snapshot")
    sees_revisions = person.has_perm("catalog.view_revision")
    days = count_days() if sees_publishing and sees_revisions else None
    return {
        **context,
        "title": "Home",
        "warnings": publishing_warnings() if sees_publishing else None,
        "live": describe_live() if sees_publishing else None,
        "failures": find_failures() if sees_publishing else None,
        "waiting": find_waiting(request) if sees_revisions else None,
        "unpublished": find_unpublished(request) if sees_revisions else None,
        "rejected": find_rejected(request) if sees_revisions else None,
        "days": days,
        "chart": draw_chart(days) if days else None,
        "people": find_people(request) if sees_revisions else None,
        "latest": find_latest(request) if person.has_perm("catalog.view_activity") else None,
        "may_approve": person.has_perm("catalog.approve_revision"),
        "may_publish": person.has_perm("catalog.publish_snapshot"),
    }
