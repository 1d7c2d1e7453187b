"""`/readyz`: whether the database, the broker and the store answer, each within two seconds.

Whoever asks is told which one does not, and nothing more; the log has the reason. Unlike `/healthz` this is no reason
to restart a process, nor to take one from readers: they are served as long as the database answers.
"""

import logging
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from catalog.models import Snapshot
from catalog.models.snapshots import SnapshotState
from catalog.publishing.stores.base import StoreError
from catalog.publishing.stores.configured import open_store
from catalog.publishing.tree import POINTER_PATH

logger = logging.getLogger(__name__)
TIMEOUT_SECONDS = 2.0
# Probes come every few seconds from several places, and anybody may send them.
KEPT_SECONDS = 1.0
SILENT = f"no answer within {TIMEOUT_SECONDS:.0f} seconds"
Check = Callable[[], None]
Results = dict[str, str]


def try_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def try_broker() -> None:
    if settings.CELERY_BROKER_URL.startswith("filesystem:"):
        if not os.access(settings.BROKER_FOLDER, os.W_OK | os.X_OK):
            raise PermissionError(f"{settings.BROKER_FOLDER} cannot be written to")
        return
    with current_app.connection_for_write(connect_timeout=TIMEOUT_SECONDS) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=int(TIMEOUT_SECONDS))


def try_store() -> None:
    """An empty store is fine until something has been published: then it is the wrong one, or is not mounted."""
    if open_store().get(POINTER_PATH) is None and Snapshot.objects.filter(state=SnapshotState.LIVE).exists():
        raise StoreError(f"{POINTER_PATH} is gone.")


class Probe:
    """Tries everything at once, each in a thread of its own, and keeps what came of it for a moment.

    One that hangs is not tried again before it has come back: there are never more threads than checks.
    """

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self._pool = ThreadPoolExecutor(len(checks), thread_name_prefix="ready")
        self._running: dict[str, Future[None]] = {}
        self._lock = Lock()
        self._tried_at = float("-inf")
        self._results: Results = {}

    def look(self) -> Results:
        """Name of the check -> what is wrong with it, "" for nothing."""
        with self._lock:
            if time.monotonic() - self._tried_at >= KEPT_SECONDS:
                self._results = self._try_all()
                self._tried_at = time.monotonic()
            return self._results

    def _try_all(self) -> Results:
        for name, check in self._checks.items():
            # What came back since the last look tells of then.
            if name not in self._running or self._running[name].done():
                self._running[name] = self._pool.submit(_run, check)
        done, _ = wait(self._running.values(), timeout=TIMEOUT_SECONDS)
        return {name: self._result(name) if self._running[name] in done else SILENT for name in self._checks}

    def _result(self, name: str) -> str:
        error = self._running.pop(name).exception()
        if error is None:
            return ""
        logger.warning("not ready: %s: %s: %s", name, type(error).__name__, error)
        return "it cannot be used"


def _run(check: Check) -> None:
    try:
        check()
    finally:
        # That of this thread only: each look connects anew.
        connection.close()


PROBE = Probe({"database": try_database, "broker": try_broker, "store": try_store})


def readyz(request: HttpRequest) -> HttpResponse:
    results = PROBE.look()
    body: dict[str, Any] = {
        "ready": not any(results.values()),
        "checks": {name: {"ok": not wrong, **({"problem": wrong} if wrong else {})} for name, wrong in results.items()},
    }
    return JsonResponse(body, status=200 if body["ready"] else 503, headers={"Cache-Control": "no-store"})
