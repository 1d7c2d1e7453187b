"""Where two who get into each other's way are played, in any order, always from the same beginning."""

from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from django.conf import settings
from django.db import transaction

from catalog.publishing.stores.base import Store
from tests.catalog.publishing.rivals.actors import Actor
from tests.catalog.publishing.rivals.memory import MemoryStore
from tests.catalog.publishing.rivals.rivalries import Rivalry, WatchedStore, come_to_rest, wrong_at_rest


class Stage:
    """A rivalry on one kind of store; every play starts from the same tree and the same database."""

    def __init__(self, rivalry: Rivalry, make_store: Callable[[], Store], *, is_swapped: bool) -> None:
        self._acts = (rivalry.second, rivalry.first) if is_swapped else (rivalry.first, rivalry.second)
        self._make_store = make_store
        start = MemoryStore()
        rivalry.prepare(start)
        self._tree = start.files
        keys: Path = settings.REGISTRY_SIGNING_KEY_FILE
        self._keys = keys.read_bytes() if keys.exists() else None

    def play(self, *stops: int) -> tuple[list[str], list[bool]]:
        """Each in turn runs until before its request of this number, then each in turn to its end.

        What is wrong in the end or on the way; which of them did stop, and was not done before.
        """
        inner = self._make_store()
        for path, content in self._tree.items():
            inner.put_if_absent(path, content)
        if self._keys is not None:
            settings.REGISTRY_SIGNING_KEY_FILE.write_bytes(self._keys)
        watched = WatchedStore(inner)
        with transaction.atomic():
            actors = [Actor(watched, act) for act in self._acts]
            stopped = [actor.run_until(stop) for actor, stop in zip(cycle(actors), stops, strict=False)]
            if len(stops) == 1:
                actors.reverse()
            for actor in actors:
                actor.run_to_end()
            come_to_rest(watched)
            wrong = watched.wrong + wrong_at_rest(watched.fetch)
            transaction.set_rollback(True)
        return wrong, stopped
