"""Tables whose writer dies, or is overtaken, at one of its writes."""

from collections.abc import Callable
from typing import Any

from indexer.table import Table
from tests.stores import Killed

WRITES = ("put_item", "update_item", "batch_write_item", "transact_write_items")


class InterruptedClient:
    """Passes every request on; before write number `at` (from 1), or after it, `act` is called."""

    def __init__(self, inner: Any, act: Callable[[], object], *, at: int, is_after: bool = False) -> None:
        self._inner, self._act, self._at, self._is_after = inner, act, at, is_after
        self.writes = 0

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._inner, name)
        if name not in WRITES:
            return inner

        def send(**request: Any) -> Any:
            self.writes += 1
            is_it = self.writes == self._at
            if is_it and not self._is_after:
                self._act()
            answer = inner(**request)
            if is_it and self._is_after:
                self._act()
            return answer

        return send


def interrupted(table: Table, act: Callable[[], object], *, at: int, is_after: bool = False) -> tuple[Table, Any]:
    client = InterruptedClient(table.client, act, at=at, is_after=is_after)
    return Table(client, table.name, table.pause), client  # type: ignore[arg-type]


def kill() -> None:
    raise Killed
