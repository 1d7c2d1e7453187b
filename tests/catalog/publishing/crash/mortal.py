"""A process that dies at a chosen act on the outside world, and does nothing at all afterwards, as after `kill -9`."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from django.db import connection, transaction

from catalog.publishing.stores.base import Store
from tests.stores import Killed, WrappedStore

Answer = TypeVar("Answer")
HOWS = ("before", "after", "middle")
# What a database does by itself when its client is gone.
CLEANING_UP = ("ROLLBACK", "RELEASE", "SAVEPOINT")


class Life:
    """Counts acts (requests to the store, writes of files); it ends before, after, or in the middle of number `at`."""

    def __init__(self, *, at: int = 0, how: str = "before") -> None:
        self.at, self.how = at, how
        self.acts: list[str] = []
        self.is_over = False

    def act(self, name: str, do: Callable[[], Answer], *, half: Callable[[], object] = lambda: None) -> Answer:
        """Do it, unless life ends here; `half` leaves behind what an act leaves that was cut short."""
        if self.is_over:
            raise Killed
        self.acts.append(name)
        if len(self.acts) == self.at and self.how != "after":
            self.is_over = True
            if self.how == "middle":
                half()
            raise Killed
        answer = do()
        if len(self.acts) == self.at:
            self.is_over = True
            raise Killed
        return answer

    @contextmanager
    def lived(self) -> Iterator[None]:
        """Run what is inside until it ends or is killed. A dead process cannot talk to the database either."""
        try:
            with connection.execute_wrapper(self._ask):
                yield
        except Killed:
            if connection.in_atomic_block:
                transaction.set_rollback(False)
        else:
            # Nobody may survive by catching what kills.
            assert not self.is_over, f"It went on after it was killed at {self.acts[-1]}."

    def _ask(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if self.is_over and not sql.startswith(CLEANING_UP):
            raise Killed
        return execute(sql, params, many, context)


class MortalStore(WrappedStore):
    """A store in the hands of a process that dies."""

    def __init__(self, inner: Store, life: Life) -> None:
        super().__init__(inner)
        self.life = life

    def _pass(self, request: str, path: str, send: Callable[[], Answer]) -> Answer:
        return self.life.act(f"{request} {path}", send, half=lambda: self._leave_half(request, path))

    def _leave_half(self, request: str, path: str) -> None:
        """A temporary file that was not finished, and a lock that was held and lost with its process."""
        root = Path(self.inner.address)
        if not request.startswith("put") or not root.is_absolute():
            return
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        (target.parent / ".writing-dead").write_bytes(b'{"half":')
        with (root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
