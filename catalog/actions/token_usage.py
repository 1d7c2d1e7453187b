"""What a token has read, out of the counts of readers."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum
from django.utils import timezone

from catalog.models import ReadCount, Token

MAX_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Usage:
    """`objects` are the most read ones, `days` those on which something was read, both with their number of reads."""

    since: date
    reads: int
    objects: list[tuple[str, int]]
    days: list[tuple[date, int]]


def usage_of(token: Token, *, days: int) -> Usage:
    """Today and the days before it, `days` in all. Two queries, on the index of consumers."""
    since = timezone.now().date() - timedelta(days=days - 1)
    counts = ReadCount.objects.filter(consumer=f"token:{token.public_id}", day__gte=since)
    by_day = list(counts.values("day").annotate(reads=Sum("count")).order_by("day").values_list("day", "reads"))
    by_object = counts.values("object_name").annotate(reads=Sum("count")).order_by("-reads", "object_name")
    objects = list(by_object.values_list("object_name", "reads")[:MAX_SHOWN])
    return Usage(since, sum(reads for _, reads in by_day), objects, by_day)
