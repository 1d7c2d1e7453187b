"""Looks at the database for streams: in a few threads that all streams of this process share.

A stream waits without a thread or a connection; these threads keep their connections, so their number is a bound.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from asgiref.sync import SyncToAsync, sync_to_async

from deployments.runner.patience import AWAY, forget_connection

THREADS = 4
POOL = ThreadPoolExecutor(THREADS, thread_name_prefix="log-streams")
Answer = TypeVar("Answer")


async def look(work: Callable[[], Answer]) -> Answer | None:
    """What `work` answers; None while the database is away."""
    return await sync_to_async(_try, thread_sensitive=False, executor=POOL)(work)


async def leave_thread() -> None:
    """Give back what has served the request, its connection and its thread: both would stay as long as the stream."""
    await sync_to_async(forget_connection)()
    context = SyncToAsync.thread_sensitive_context.get(None)
    executor = SyncToAsync.context_to_thread_executor.pop(context, None) if context else None
    if isinstance(executor, ThreadPoolExecutor):
        # Whatever is left to do at the end of the request gets a new one.
        executor.shutdown(wait=False)


def _try(work: Callable[[], Answer]) -> Answer | None:
    try:
        return work()
    except AWAY:
        forget_connection()
        return None
