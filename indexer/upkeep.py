"""Keeps the index at what the pointer says: whoever pokes calls this, as often as they like."""

import logging
from dataclasses import dataclass

from indexer.advance import advance
from indexer.errors import BusyError, DamagedTreeError, HistoryError, IndexerError, MovedError, TableError
from indexer.items import LAYOUT
from indexer.lines import serial_at_work
from indexer.rebuild import drop_retired, rebuild
from indexer.state import State, forget_trouble, note_trouble, read_state
from indexer.table import Table
from indexer.tree import Tree

logger = logging.getLogger(__name__)
MAX_MOVES = 20
CURRENT, ADVANCED, REBUILT = "current", "advanced", "rebuilt"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`did`: CURRENT (nothing to do), ADVANCED or REBUILT; `serial` is indexed now, it was `before`."""

    did: str
    serial: int
    before: int


def keep_up(table: Table, tree: Tree) -> Outcome:
    """Bring the index to what is published. Raises IndexerError, after it has been noted where the status shows it."""
    try:
        return _keep_up(table, tree)
    except BusyError:
        # Who is at it goes on, or fails and says so.
        raise
    except IndexerError as error:
        _note(table, tree, str(error), is_table_well=not isinstance(error, TableError))
        raise


def _keep_up(table: Table, tree: Tree) -> Outcome:
    state = read_state(table)
    before = state.serial if state else 0
    for _ in range(MAX_MOVES):
        pointer = tree.pointer()
        serial_at_work.set(pointer.serial)
        if state is None or state.layout != LAYOUT:
            return Outcome(REBUILT, rebuild(table, tree).serial, before)
        if pointer.sha256 == state.sha256:
            drop_retired(table)
            if state.trouble:
                forget_trouble(table, state)
            return Outcome(CURRENT if state.serial == before else ADVANCED, state.serial, before)
        if pointer.serial <= state.serial:
            state = _newer(table, state)
            continue
        try:
            state = advance(table, tree, state, pointer)
        except MovedError as error:
            logger.info("start over: %s", error)
        except HistoryError as error:
            logger.warning("rebuild: %s", error)
            return Outcome(REBUILT, rebuild(table, tree).serial, before)
    raise MovedError(f"The registry was published {MAX_MOVES} times while it was indexed.")


def _newer(table: Table, state: State) -> State:
    """Somebody else has brought it further since the pointer was read; or the table is another registry's."""
    again = read_state(table)
    if again is None or again.serial <= state.serial:
        raise DamagedTreeError(
            f"The index is at serial {state.serial}, which is not in this store: they do not belong together. Check "
            "the bucket and the table, or make it anew: manage.py rebuild_search_index --backend dynamodb."
        )
    return again


def _note(table: Table, tree: Tree, trouble: str, *, is_table_well: bool) -> None:
    if not is_table_well:
        return
    try:
        pointer = tree.pointer()
    except IndexerError:
        pointer = None
    try:
        note_trouble(table, trouble, pointer=pointer)
    except IndexerError as error:
        logger.warning("could not note that %s: %s", trouble, error)
