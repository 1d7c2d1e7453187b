"""The database may be away for a moment: connections cut, a deadlock, a lock that was waited for too long.

That is nobody's fault: what can be repeated is repeated, and else another attempt goes on.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, InternalError, OperationalError, connection

# Shorter than a lease, which runs out meanwhile. Other errors of the database are faults of ours.
PATIENCE_SECONDS = 15.0
AGAIN_SECONDS = 0.5
AWAY = (OperationalError, InterfaceError, InternalError)
Answer = TypeVar("Answer")


def insist(work: Callable[[], Answer]) -> Answer:
    """Do it, and again for PATIENCE_SECONDS while the database is away; within a transaction once.

    The work has to be repeatable: it may have been done although nobody said so. Raises what it raised last.
    """
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return work()
        except AWAY:
            if connection.in_atomic_block or time.monotonic() >= ends_at:
                raise
            forget_connection()
            time.sleep(AGAIN_SECONDS)


def forget_connection() -> None:
    """The next query opens another one: Django keeps one that is dead. Within a transaction nothing is done."""
    if not connection.in_atomic_block:
        connection.close()
