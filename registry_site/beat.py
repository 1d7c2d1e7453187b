"""The clock of all tasks: however many beats are started, one of them sends; when it dies, another goes on.

On PostgreSQL the leader holds an advisory lock for as long as its connection lives (not through a pooler that shares
connections between transactions); on SQLite a lock on a file beside the database. Both end with the process.
Reference: PostgreSQL, "Advisory Locks"; flock(2).
"""

import fcntl
from pathlib import Path
from typing import IO, Any, Protocol

import structlog
from celery.beat import Scheduler
from django.conf import settings
from django.db import DatabaseError, connection

log = structlog.get_logger(__name__)
# Any number that nobody else locks in this database.
LOCK = 7_265_673_001
LOOK_SECONDS = 5.0


class Leadership(Protocol):
    """`is_held` also tries to take it; never waits, never raises."""

    def is_held(self) -> bool: ...


class DatabaseLeadership:
    """A lock of the database session; taking it again in the same session succeeds."""

    def is_held(self) -> bool:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
                row = cursor.fetchone()
        except DatabaseError as error:
            log.warning("beat_lost_its_database", reason=str(error))
            connection.close()
            return False
        return bool(row and row[0])


class FileLeadership:
    """A lock on a file, for processes of one machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def is_held(self) -> bool:
        if self._file is not None:
            return True
        file = self._path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True


class LeadingScheduler(Scheduler):
    """Sends what is due while it leads, else looks every five seconds whether it may.

    It keeps no file of what was sent when: every task comes again within the hour, and is safe to run twice.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._leadership = make_leadership()
        self._leads = False

    def tick(self, *arguments: Any, **options: Any) -> float:
        leads = self._leadership.is_held()
        if leads != self._leads:
            log.info("beat_leads" if leads else "beat_stands_by")
            self._leads = leads
        if not leads:
            return LOOK_SECONDS
        seconds: float = super().tick(*arguments, **options)
        return min(seconds, LOOK_SECONDS)


def make_leadership() -> Leadership:
    if connection.vendor == "postgresql":
        return DatabaseLeadership()
    return FileLeadership(settings.VAR_DIR / "beat.lock")
