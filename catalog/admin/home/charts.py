"""Changes and publishes on each of the last fourteen days, for a chart and the table that says the same."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from catalog.models import Revision, Snapshot
from catalog.publishing.rollback import PUBLISHED

DAYS = 14
# Readable on white and on black alike: bars keep their colours when the theme changes. `admin.js` colours the words.
BLUE, ORANGE = "#2e7cc4", "#d97706"
TICKS = {"precision": 0}
OPTIONS = {
    "animation": False,
    "responsive": True,
    "maintainAspectRatio": False,
    "plugins": {"legend": {"display": True, "position": "bottom", "labels": {"boxWidth": 12}}},
    "scales": {
        "x": {"stacked": False, "grid": {"display": False}, "ticks": {**TICKS, "maxRotation": 0, "autoSkip": True}},
        "y": {"stacked": False, "beginAtZero": True, "suggestedMax": 4, "ticks": TICKS, "border": {"display": False}},
    },
}


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    changes: int
    publishes: int


@dataclass(frozen=True, slots=True)
class Chart:
    """What unfold's chart takes: two texts of JSON, numbers and dates only."""

    data: str
    options: str


def count_days() -> list[Day]:
    """Oldest first; a day is a day in UTC. What the starter catalogue and commands recorded is nobody's change."""
    today = timezone.now().date()
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    published = Snapshot.objects.filter(state__in=PUBLISHED)
    changes = _count(Revision.objects.of_entries().filter(author__isnull=False), "created_at", days)
    publishes = _count(published, "published_at", days)
    return [Day(*numbers) for numbers in zip(days, changes, publishes, strict=True)]


def draw_chart(days: Sequence[Day]) -> Chart:
    bars = [("Changes", BLUE, [day.changes for day in days]), ("Publishes", ORANGE, [day.publishes for day in days])]
    datasets = [{"label": label, "data": counts, "backgroundColor": color} for label, color, counts in bars]
    labels = [f"{day.day.day} {day.day:%b}" for day in days]
    return Chart(json.dumps({"labels": labels, "datasets": datasets}), json.dumps(OPTIONS))


def _count(rows: QuerySet[Any], column: str, days: Sequence[date]) -> list[int]:
    """How many rows there are on each day. One query that compares and casts nothing, which SQLite does in Python."""
    midnights = [timezone.make_aware(datetime.combine(day, time.min)) for day in days]
    counts = {
        f"day{number}": Count("pk", filter=Q(**{f"{column}__gte": start, f"{column}__lt": start + timedelta(days=1)}))
        for number, start in enumerate(midnights)
    }
    counted = rows.order_by().filter(**{f"{column}__gte": midnights[0]}).aggregate(**counts)
    return [counted[name] for name in counts]
