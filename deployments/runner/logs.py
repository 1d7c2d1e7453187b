"""What a deployment says, kept in rows: buffered, numbered by the one who holds the lease, and capped."""

import re
import threading
import time
import uuid
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Sum
from django.db.models.functions import Length
from django.utils import timezone

from deployments.models import LogLine
from deployments.models.deployments import MAX_ATTEMPTS
from deployments.runner.claims import LostLeaseError, holds
from deployments.runner.patience import AWAY, forget_connection

FLUSH_SECONDS = 0.25
AWAY_SECONDS = 1.0
FLUSH_LINES = 100
MAX_LINES = 20_000
MAX_CHARACTERS = 5_000_000
MAX_LINE = 4_000
# However long the log is, how each attempt ended is in it.
END_LINES = 20
UNSTORABLE = re.compile(r"[\0\ud800-\udfff]")
TRUNCATED = "… the log is longer than is kept; the rest is left out."


class Log:
    """The log of one attempt; safe between threads.

    What cannot be written since the lease is lost is dropped; while the database is away, it waits.
    """

    def __init__(self, deployment_id: uuid.UUID, lease: uuid.UUID, *, attempt: int) -> None:
        self._deployment_id, self._lease, self._attempt = deployment_id, lease, attempt
        kept = LogLine.objects.filter(deployment=deployment_id)
        had = kept.aggregate(last=Max("seq"), characters=Sum(Length("text")))
        self._seq, self._characters = had["last"] or 0, had["characters"] or 0
        self._waiting: list[LogLine] = []
        self._flushes_at = time.monotonic() + FLUSH_SECONDS
        self._is_closed = self._is_away = False
        self._lock = threading.Lock()

    def add(self, text: str, *, step: str, is_end: bool = False) -> None:
        """One row a line; of the end END_LINES, for which there is always room. What no column takes is replaced."""
        now = timezone.now()
        lines = storable(text).splitlines()
        with self._lock:
            for line in lines[:END_LINES] if is_end else lines:
                self._add_line(line[:MAX_LINE], step=step, at=now, is_end=is_end)
        if self._is_due:
            # They are tried again with the next line, and by `Hold`, which says when it is too late.
            with suppress(*AWAY):
                self.flush()

    def _add_line(self, line: str, *, step: str, at: datetime, is_end: bool) -> None:
        if self._is_closed or (self._is_full and not is_end):
            return
        self._seq += 1
        self._characters += len(line)
        text = TRUNCATED if self._is_full and not is_end else line
        self._waiting.append(
            LogLine(
                deployment_id=self._deployment_id, seq=self._seq, at=at, attempt=self._attempt, step=step, text=text
            )
        )

    @property
    def _is_full(self) -> bool:
        room = MAX_ATTEMPTS * END_LINES
        return self._seq >= MAX_LINES - room or self._characters >= MAX_CHARACTERS - room * MAX_LINE

    @property
    def _is_due(self) -> bool:
        now = time.monotonic()
        return now >= self._flushes_at or (len(self._waiting) >= FLUSH_LINES and not self._is_away)

    def close(self) -> None:
        """Take no more."""
        with self._lock:
            self._is_closed, self._waiting = True, []

    def flush(self) -> None:
        """Write what waits, if the lease is still ours. Raises LostLeaseError, or what the database raises."""
        with self._lock:
            self._flushes_at, self._is_away = time.monotonic() + FLUSH_SECONDS, False
            if not self._waiting:
                return
            try:
                self._write(self._waiting)
            except AWAY:
                self._flushes_at, self._is_away = time.monotonic() + AWAY_SECONDS, True
                forget_connection()
                raise
            except BaseException:
                self._waiting = []
                raise
            self._waiting = []

    def _write(self, lines: list[LogLine]) -> None:
        with transaction.atomic():
            if not holds(self._deployment_id, self._lease):
                raise LostLeaseError
            # Numbers are given by us alone: one that is taken was written before a connection broke.
            LogLine.objects.bulk_create(lines, ignore_conflicts=True)


def storable(text: str) -> str:
    """What a column of text takes: U+FFFD stands for each U+0000, and for each half of a character."""
    return UNSTORABLE.sub("\ufffd", text)
