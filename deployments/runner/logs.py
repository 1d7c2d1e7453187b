"""What a deployment says, kept in rows: buffered, numbered by the one who holds the lease, and capped."""

import threading
import time
import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Sum
from django.db.models.functions import Length
from django.utils import timezone

from deployments.models import LogLine
from deployments.runner.claims import LostLeaseError, holds

FLUSH_SECONDS = 0.25
FLUSH_LINES = 100
MAX_LINES = 20_000
MAX_CHARACTERS = 5_000_000
MAX_LINE = 4_000
TRUNCATED = "… the log is longer than is kept; the rest is left out."


class Log:
    """The log of one attempt; safe between threads. What cannot be written since the lease is lost is dropped."""

    def __init__(self, deployment_id: uuid.UUID, lease: uuid.UUID, *, attempt: int) -> None:
        self._deployment_id, self._lease, self._attempt = deployment_id, lease, attempt
        kept = LogLine.objects.filter(deployment=deployment_id)
        had = kept.aggregate(last=Max("seq"), characters=Sum(Length("text")))
        self._seq, self._characters = had["last"] or 0, had["characters"] or 0
        self._waiting: list[LogLine] = []
        self._flushed_at = time.monotonic()
        self._lock = threading.Lock()

    def add(self, text: str, *, step: str) -> None:
        """One row a line. U+0000 cannot be stored and shows as U+FFFD."""
        now = timezone.now()
        with self._lock:
            for line in text.replace("\0", "\ufffd").splitlines():
                self._add_line(line[:MAX_LINE], step=step, at=now)
        if len(self._waiting) >= FLUSH_LINES or time.monotonic() - self._flushed_at >= FLUSH_SECONDS:
            self.flush()

    def _add_line(self, line: str, *, step: str, at: datetime) -> None:
        if self._is_full:
            return
        self._seq += 1
        self._characters += len(line)
        text = TRUNCATED if self._is_full else line
        self._waiting.append(
            LogLine(
                deployment_id=self._deployment_id, seq=self._seq, at=at, attempt=self._attempt, step=step, text=text
            )
        )

    @property
    def _is_full(self) -> bool:
        return self._seq >= MAX_LINES or self._characters >= MAX_CHARACTERS

    def flush(self) -> None:
        """Write what waits, if the lease is still ours."""
        with self._lock:
            lines, self._waiting, self._flushed_at = self._waiting, [], time.monotonic()
            if not lines:
                return
            with transaction.atomic():
                if not holds(self._deployment_id, self._lease):
                    raise LostLeaseError
                LogLine.objects.bulk_create(lines)
