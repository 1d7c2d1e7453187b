"""How the search index fares that is not in the database: for status, metrics, checks and the admin's home."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from django.conf import settings

from catalog.search.dynamodb import open_search_table
from indexer.errors import IndexerError, TableError
from indexer.items import LAYOUT
from indexer.rebuild import Progress, rebuild
from indexer.state import read_state
from indexer.table import SHAPE, Table
from indexer.tree import Tree

# Pages that tell of it are looked at more often than it changes, and a table that hangs holds each of them up.
KEPT_SECONDS = 5.0
Fetch = Callable[[str], bytes | None]


class SearchIndexError(Exception):
    """The index could not be rebuilt; the message says why, and searches are answered as before."""


@dataclass(frozen=True, slots=True)
class Health:
    """`serial` is what searches are answered from, None for nothing; `trouble` why it is not brought further."""

    serial: int | None
    trouble: str = ""


class Doctor:
    """Looks at the table, and remembers what was seen for a moment."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: tuple[float, str, Health] | None = None

    def look(self) -> Health:
        with self._lock:
            table = settings.REGISTRY_SEARCH_TABLE
            if self._seen and self._seen[1] == table and time.monotonic() - self._seen[0] < KEPT_SECONDS:
                return self._seen[2]
            health = _look()
            self._seen = (time.monotonic(), table, health)
            return health


_doctor = Doctor()


def read_health() -> Health | None:
    """None if searches are answered from the database. One request now and then; never raises."""
    return _doctor.look() if settings.REGISTRY_SEARCH == "dynamodb" else None


def find_table_problem() -> str:
    """Why the table cannot be used, "" for nothing. Two requests."""
    try:
        table = open_search_table()
        found = table.describe()
        read_state(table)
    except IndexerError as error:
        return str(error)
    keys = [(key["AttributeName"], key["KeyType"]) for key in found.get("KeySchema", [])]
    indexes = {index["IndexName"] for index in found.get("LocalSecondaryIndexes", [])}
    wanted = [(key["AttributeName"], key["KeyType"]) for key in SHAPE["KeySchema"]]
    if keys != wanted or not indexes.issuperset(index["IndexName"] for index in SHAPE["LocalSecondaryIndexes"]):
        return f"The table {table.name} was made for something else: its keys or indexes are others."
    return ""


def rebuild_table(fetch: Fetch, *, make_table: bool, progress: Progress) -> int:
    """Fill the table from the published tree; the serial that is indexed now. Raises SearchIndexError."""
    try:
        shared = open_search_table()
        table = Table(shared.client, shared.name)
        if make_table:
            table.make()
        return rebuild(table, Tree(fetch), progress=progress).serial
    except IndexerError as error:
        raise SearchIndexError(str(error)) from error


def _look() -> Health:
    try:
        state = read_state(open_search_table())
    except TableError as error:
        return Health(None, str(error))
    if state is None:
        return Health(None, "Nothing is indexed yet.")
    if state.layout != LAYOUT:
        return Health(None, "It was written by another release, and has to be rebuilt.")
    return Health(state.serial, state.trouble)
