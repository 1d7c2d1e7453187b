"""Keeps the lease while work goes on, and says when it has to stop: cancelled, out of time, or lease lost."""

import threading
import time
import uuid
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType

import structlog
from django.db import DatabaseError, connection

from deployments.contract import StoppedError
from deployments.runner.claims import LEASE, LostLeaseError, is_cancelled, renew

log = structlog.get_logger(__name__)
POLL_SECONDS = 0.5
RENEW_SECONDS = 5.0
COMMITTED_SECONDS = 300.0
# Without the database the lease runs out: stop before somebody else may start.
BLIND_SECONDS = LEASE.total_seconds() * 0.7


class Stop(StrEnum):
    """Why work has to end before it is done."""

    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    LOST = "lost"


class Hold:
    """A thread beside the work, with a database connection of its own. Use it in a `with`."""

    def __init__(
        self,
        deployment_id: uuid.UUID,
        lease: uuid.UUID,
        *,
        seconds: float,
        beat: Callable[[], None] = lambda: None,
        is_committed: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deployment_id, self._lease, self._beat, self._clock = deployment_id, lease, beat, clock
        self._ends_at = clock() + seconds
        self._renewed_at = clock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"hold {deployment_id}", daemon=True)
        self._is_committed = is_committed
        self._outlives = False
        self.stop: Stop | None = None

    def __enter__(self) -> "Hold":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def seconds_left(self) -> float:
        return self._ends_at - self._clock()

    def commit(self) -> None:
        """From now on the work is to be finished: the database says that it is live. Only a lost lease ends it.

        Raises StoppedError if it had to stop before. The target gets COMMITTED_SECONDS, however late it is.
        """
        self.check()
        self._is_committed = True
        self._ends_at = max(self._ends_at, self._clock() + COMMITTED_SECONDS)

    def outlive(self) -> None:
        """From now on nothing ends the work: it puts right what was done without the lease."""
        self._outlives = True

    def check(self) -> None:
        """Raise StoppedError if the work has to stop."""
        if self._outlives:
            return
        if self.stop is None and self.seconds_left() <= 0:
            self.stop = Stop.TIMEOUT
        if self.stop == Stop.LOST or (self.stop is not None and not self._is_committed):
            raise StoppedError(self.stop)

    def _watch(self) -> None:
        try:
            while self.stop != Stop.LOST and not self._over.wait(POLL_SECONDS):
                self._look()
        finally:
            connection.close()

    def _look(self) -> None:
        try:
            if is_cancelled(self._deployment_id, self._lease) and self.stop is None:
                self.stop = Stop.CANCELLED
            if self._clock() - self._renewed_at >= RENEW_SECONDS:
                renew(self._deployment_id, self._lease)
                self._renewed_at = self._clock()
            self._beat()
        except LostLeaseError:
            self.stop = Stop.LOST
        except DatabaseError:
            connection.close()
            if self._clock() - self._renewed_at >= BLIND_SECONDS:
                self.stop = Stop.LOST
        except Exception:
            # Without this thread nobody would renew the lease, nor say so.
            log.exception("hold_broke", deployment=str(self._deployment_id))
            self.stop = Stop.LOST
