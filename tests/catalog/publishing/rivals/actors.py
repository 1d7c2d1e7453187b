"""Two publishers that hand a baton to each other: one runs at a time, and stops before a chosen request.

Each has a thread of its own, and both use the test's one connection to the database, which is safe since the one that
does not have the baton stands still, and always between two transactions.
"""

import threading
from collections.abc import Callable

from django.db import DEFAULT_DB_ALIAS, connection, connections

from catalog.publishing.stores.base import Store
from tests.stores import WrappedStore

PATIENCE_SECONDS = 60


class Actor(WrappedStore):
    """Does `act` with itself as the store, in steps of `run_until`."""

    def __init__(self, inner: Store, act: Callable[[Store], object]) -> None:
        super().__init__(inner)
        self.requests: list[str] = []
        self.is_done = False
        self._act, self._stop_at = act, 0
        self._error: BaseException | None = None
        self._may_go, self._has_stopped = threading.Semaphore(0), threading.Semaphore(0)
        self._connection = connections[DEFAULT_DB_ALIAS]
        self._depth = len(connection.savepoint_ids)
        self._thread: threading.Thread | None = None

    def run_until(self, request: int) -> bool:
        """Go on until before this request (from 1; 0: to the end); whether it stands there. Raises as `act` does."""
        if self.is_done:
            return False
        self._stop_at = request
        self._connection.inc_thread_sharing()
        try:
            if self._thread is None:
                self._thread = threading.Thread(target=self._play, daemon=True)
                self._thread.start()
            else:
                self._may_go.release()
            assert self._has_stopped.acquire(timeout=PATIENCE_SECONDS), f"It hangs at {self.requests[-1:]}."
        finally:
            self._connection.dec_thread_sharing()
        if self._error is not None:
            raise self._error
        return not self.is_done

    def run_to_end(self) -> None:
        self.run_until(0)

    def before(self, request: str, path: str) -> None:
        self.requests.append(f"{request} {path}")
        assert len(self._connection.savepoint_ids) == self._depth, f"{request} {path} is asked for in a transaction."
        if len(self.requests) == self._stop_at:
            self._has_stopped.release()
            assert self._may_go.acquire(timeout=PATIENCE_SECONDS), "Nobody told it to go on."

    def _play(self) -> None:
        connections[DEFAULT_DB_ALIAS] = self._connection
        try:
            self._act(self)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread of the test
            self._error = error
        finally:
            self.is_done = True
            self._has_stopped.release()
