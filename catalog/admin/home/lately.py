"""Who changed what lately."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Max
from django.http import HttpRequest
from django.utils import timezone

from catalog.admin.home.todo import Line, lines_of
from catalog.admin.people.records import all_records
from catalog.admin.people.targets import find_targets
from catalog.models import Activity, Revision
from catalog.models.audit import CATALOGUE_VERBS

WITHIN = timedelta(days=14)
PEOPLE = 6
LATEST = 8


@dataclass(frozen=True, slots=True)
class Contributor:
    """A person with the number of their changes in two weeks, and the latest that the reader may look at."""

    person: User
    count: int
    latest: Line | None


def find_people(request: HttpRequest) -> list[Contributor]:
    """Who changed most lately comes first. Six queries at most."""
    lately = Revision.objects.of_entries().filter(created_at__gt=timezone.now() - WITHIN, author__isnull=False)
    counts = lately.order_by().values("author").annotate(count=Count("pk"), latest=Max("pk"))
    rows = list(counts.order_by("-count", "author")[:PEOPLE])
    people = User.objects.in_bulk([row["author"] for row in rows])
    revisions = Revision.objects.defer("canonical").in_bulk([row["latest"] for row in rows])
    lines = {line.revision.author_id: line for line in lines_of(request, list(revisions.values()))}
    return [Contributor(people[row["author"]], row["count"], lines.get(row["author"])) for row in rows]


def find_latest(request: HttpRequest) -> list[Any]:
    """The newest deeds of the activity feed, each with its `target`. Five queries at most."""
    records = list(all_records(Activity).filter(plain_verb__in=CATALOGUE_VERBS).order_by("-at", "-pk")[:LATEST])
    targets = find_targets(request, [(record.verb, record.object_name) for record in records])
    for record in records:
        record.target = targets[record.verb, record.object_name]
    return records
