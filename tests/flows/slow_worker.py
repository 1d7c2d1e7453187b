"""A worker for tests that stops for a minute at a chosen write: `celery -A tests.flows.slow_worker worker`.

`SLOW_WORKER_AT` is `before PATH` or `after PATH` (how the path begins), `SLOW_WORKER_MARK` a file that says that it
has come so far. The product knows neither.
"""

import os
import time
from pathlib import Path

import django

from registry_site.celery import app

django.setup()

from catalog.publishing import outlet  # noqa: E402 - needs Django
from catalog.publishing.stores.base import Store  # noqa: E402
from catalog.publishing.stores.configured import open_store  # noqa: E402
from tests.stores import WrappedStore  # noqa: E402

WHEN, _, WHERE = os.environ["SLOW_WORKER_AT"].partition(" ")
MARK = Path(os.environ["SLOW_WORKER_MARK"])
__all__ = ["app"]


class SlowStore(WrappedStore):
    """Marks that it has come to the chosen write, and waits to be killed."""

    def before(self, request: str, path: str) -> None:
        self._stop_at("before", request, path)

    def after(self, request: str, path: str) -> None:
        self._stop_at("after", request, path)

    def _stop_at(self, when: str, request: str, path: str) -> None:
        if when == WHEN and request.startswith("put") and path.startswith(WHERE):
            MARK.touch()
            time.sleep(60)


def open_slow_store() -> Store:
    return SlowStore(open_store())


outlet.open_store = open_slow_store  # type: ignore[attr-defined]
