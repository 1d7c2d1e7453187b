"""Counts who reads what on which day: in memory first, so that no read waits for a write.

A process that is killed loses what it has not saved yet: at most what half a minute gathers.
"""

import atexit
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Max, Sum
from django.utils import timezone
from rest_framework.request import Request

from catalog.models import ReadCount, Token

logger = logging.getLogger(__name__)
ANONYMOUS = "anonymous"
SAVED_AFTER = timedelta(seconds=30)
# So many different (consumer, object, day) are saved without waiting, and more are dropped while nothing can be saved.
MANY, TOO_MANY = 1000, 50_000
SAVE = (
    "INSERT INTO catalog_readcount (consumer, object_name, day, count) VALUES (%s, %s, %s, %s) "
    "ON CONFLICT (object_name, consumer, day) DO UPDATE SET count = catalog_readcount.count + excluded.count"
)


class Read(NamedTuple):
    object_name: str
    consumer: str
    day: date


class ReadCounter:
    """Reads that are not in the database yet. Any thread may add; one at a time saves."""

    def __init__(self, save: Callable[[Mapping[Read, int]], None], *, delay: timedelta = SAVED_AFTER) -> None:
        self._save, self._delay = save, delay
        self._lock, self._saving = threading.Lock(), threading.Lock()
        self._counts: Counter[Read] = Counter()
        self._since = time.monotonic()

    def add(self, read: Read) -> None:
        """Count it; once there are many, or the first has waited long enough, a thread saves them."""
        with self._lock:
            if not self._counts:
                self._since = time.monotonic()
            if read in self._counts or len(self._counts) < TOO_MANY:
                self._counts[read] += 1
            waited = time.monotonic() - self._since >= self._delay.total_seconds()
            is_due = (waited or len(self._counts) >= MANY) and not self._saving.locked()
        if is_due:
            threading.Thread(target=self._flush_and_close, name="read-counts", daemon=True).start()

    def flush(self) -> int:
        """Save what was counted; how many reads. What cannot be saved is counted again."""
        with self._saving:
            with self._lock:
                counts, self._counts = self._counts, Counter()
                self._since = time.monotonic()
            if not counts:
                return 0
            try:
                self._save(counts)
            except Exception as error:  # noqa: BLE001 - whatever it is, readers must not notice
                logger.warning("reads could not be counted, trying again later: %s", error)
                with self._lock:
                    self._counts.update(counts)
                return 0
            return counts.total()

    def _flush_and_close(self) -> None:
        try:
            self.flush()
        finally:
            connection.close()


def save_counts(counts: Mapping[Read, int]) -> None:
    """Add to the rows, in one order for everybody, so that no two processes wait for each other."""
    rows = [(read.consumer, read.object_name, read.day, count) for read, count in sorted(counts.items())]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(SAVE, rows)


counter = ReadCounter(save_counts)
atexit.register(counter.flush)


def count_read(request: Request, object_name: str) -> None:
    """Note that the caller has read it; no query."""
    if settings.REGISTRY_COUNTS_READS:
        counter.add(Read(object_name, consumer_of(request), timezone.now().date()))


def consumer_of(request: Request) -> str:
    """`token:<public id>`, `person:<id>` or `anonymous`."""
    if isinstance(request.auth, Token):
        return f"token:{request.auth.public_id}"
    return f"person:{request.user.pk}" if request.user.is_authenticated else ANONYMOUS


def reads_of(object_name: str, *, since: date) -> list[dict[str, Any]]:
    """Who has read it since then, the most frequent first, with the names of tokens and people. Three queries.

    What other processes have not saved yet is missing.
    """
    counter.flush()
    rows = ReadCount.objects.filter(object_name=object_name, day__gte=since).values("consumer")
    found = rows.annotate(reads=Sum("count"), last=Max("day")).order_by("-reads", "consumer")
    names = _names({row["consumer"] for row in found})
    return [
        {
            "consumer": row["consumer"],
            "name": names.get(row["consumer"]),
            "reads": row["reads"],
            "last_read_on": row["last"].isoformat(),
        }
        for row in found
    ]


def _names(consumers: set[str]) -> dict[str, str]:
    tokens = [each.removeprefix("token:") for each in consumers if each.startswith("token:")]
    people = [int(each.removeprefix("person:")) for each in consumers if each.startswith("person:")]
    named_tokens = Token.objects.filter(public_id__in=tokens).values_list("public_id", "name")
    named_people = User.objects.filter(pk__in=people).values_list("pk", "username")
    return {f"token:{public_id}": name for public_id, name in named_tokens} | {
        f"person:{pk}": name for pk, name in named_people
    }
