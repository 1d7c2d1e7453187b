"""Brings a generation from one snapshot to a later one, so that nobody sees anything in between.

1. follow what was published since, and claim the state;
2. for each entry that changed: its new version is put beside the old one, which is told until when it was seen;
3. count, and move the serial of the state: from here on searches see the new versions, all at once.
Killed anywhere, the same steps run again end the same: versions are named by the serial that published them. What was
begun for a serial that is passed over, since something newer was published meanwhile, is taken away again.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

from indexer.codec import Item, pack
from indexer.counts import forget_counts, read_counts, write_counts
from indexer.errors import HistoryError
from indexer.history import Wanted, changes_since
from indexer.items import Version, items_of, keys_of_item, version_of, version_of_item
from indexer.state import Claim, State, claimed
from indexer.table import EXPIRES, MAX_TRANSACTION, MAX_TRANSACTION_BYTES, Action, Table
from indexer.tree import Document, Pointer, Tree, check_copy

WORKERS = 16
CHUNK = 64
# More than this is written faster, and cheaper, into a new generation.
MAX_CHANGES = 5000
# Versions that were replaced stay this long: for who still reads an earlier serial, and to count what changed.
KEEP_SECONDS = 30 * 24 * 3600
VERSION_NAMES = (
    "pk", "sk", "serial", "until", "removed", "name", "provider_type", "complexity_level", "lifecycle",
    "monthly_cost_min", "features_set", "ssg_engines_set", "target_market_set", "raw_parts", "partial",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """What one entry needs: its versions that were ever seen, and the one that it should have (None: no more).

    `given_up` are the keys of what was begun for other serials, and never seen.
    """

    key: str
    serial: int
    versions: Sequence[Version]
    new: Version | None
    copy: Document
    is_done: bool
    given_up: Sequence[Item]


def advance(table: Table, tree: Tree, state: State, pointer: Pointer) -> State:
    """The state at `pointer`. Raises HistoryError if only a rebuild helps, NotYetError or MovedError if not now."""
    if state.is_left_half_written(time.time(), longer_than=KEEP_SECONDS / 2):
        raise HistoryError("It was left half-written for so long that what it replaces is nearly gone.")
    changes = changes_since(tree, pointer, serial=state.serial, snapshot=state.snapshot)
    counts = read_counts(table, state.generation, state.serial)
    if counts is None or len(changes) > MAX_CHANGES:
        raise HistoryError("Its counts are gone." if counts is None else f"{len(changes):,} entries were changed.")
    with claimed(table, state, target=pointer.serial) as held:
        for steps in _read_steps(table, tree, state, changes):
            for step in steps:
                counts.add(next((old for old in step.versions if old.is_seen_at(state.serial)), None), times=-1)
                counts.add(step.new)
            _write_steps(held, steps)
            held.renew()
        write_counts(table, counts, state.generation, pointer.serial)
        held.advance(held.state.at(pointer))
    forget_counts(table, state.generation, before=state.serial)
    return held.state


def _read_steps(table: Table, tree: Tree, state: State, changes: dict[str, Wanted]) -> Iterator[list[Step]]:
    def read(change: tuple[str, Wanted]) -> Step:
        key, wanted = change
        found = list(table.query(f"{key}.json", begins_with=f"{state.generation}#", names=VERSION_NAMES))
        seen = [version_of_item(item) for item in found if item["serial"] <= state.serial]
        begun = [item for item in found if item["serial"] > state.serial]
        is_done = any(item["serial"] == wanted.serial and not item.get("partial") for item in begun)
        others = [item for item in begun if item["serial"] != wanted.serial]
        given_up = [each for item in others for each in keys_of_item(item, state.generation)]
        if wanted.line is None:
            return Step(key, wanted.serial, seen, None, {}, is_done, given_up)
        document = tree.document(wanted.line.sha256)
        copy = check_copy(key, tree.copy(key), document, serial=wanted.serial)
        return Step(key, wanted.serial, seen, version_of(key, copy), copy, is_done, given_up)

    rest = iter(sorted(changes.items()))
    with ThreadPoolExecutor(WORKERS) as pool:
        while chunk := list(islice(rest, CHUNK)):
            yield list(pool.map(read, chunk))


def _write_steps(held: Claim, steps: Iterable[Step]) -> None:
    pieces = (piece for step in steps for piece in _pieces(step, held.state.generation))
    for batch in _batches(pieces):
        held.table.transact(batch, check={"ConditionCheck": held.check()})


def _pieces(step: Step, generation: str) -> Iterator[list[Action]]:
    """What has to be written at once. All of a step, if a transaction takes it.

    Else whoever finds a part must find the rest: the item is there first, marked as partial, and whole at the end.
    """
    actions = list(_actions(step, generation))
    if len(actions) < MAX_TRANSACTION and sum(map(_length, actions)) <= MAX_TRANSACTION_BYTES:
        yield actions
        return
    if step.new is not None:
        *parts, _ = items_of(step.new, step.copy, generation)
        item = {**step.new.item_key(generation), **step.new.searched, "serial": step.serial, "raw_parts": len(parts)}
        yield [_put({**item, "partial": True, EXPIRES: _expiry()})]
    yield from ([action] for action in actions)


def _actions(step: Step, generation: str) -> Iterator[Action]:
    """Nothing if it was done before. The item of each version comes last: until then all of it is to be found."""
    if step.is_done:
        return
    yield from ({"Delete": {"Key": pack(key)}} for key in step.given_up)
    for version in step.versions:
        if version.until is None and not version.is_removed:
            for key in [*version.row_keys(generation), version.item_key(generation)]:
                yield _end(key, step.serial)
    if step.new is None:
        # Remembered for a while, so that the newest version says that there is none.
        gone = Version(step.key, step.serial, {}, is_removed=True)
        yield _put({**gone.item_key(generation), "serial": step.serial, "removed": True, EXPIRES: _expiry()})
        return
    for row in step.new.rows(generation):
        yield _put(row)
    for item in items_of(step.new, step.copy, generation):
        yield _put(item)


def _end(key: Item, serial: int) -> Action:
    return {
        "Update": {
            "Key": pack(key),
            "UpdateExpression": f"SET #until = :serial, {EXPIRES} = :expires",
            "ExpressionAttributeNames": {"#until": "until"},
            "ExpressionAttributeValues": pack({":serial": serial, ":expires": _expiry()}),
        }
    }


def _put(item: Item) -> Action:
    return {"Put": {"Item": pack(item)}}


def _expiry() -> int:
    return int(time.time()) + KEEP_SECONDS


def _batches(pieces: Iterable[list[Action]]) -> Iterator[list[Action]]:
    """As many as a transaction takes, beside its check."""
    batch: list[Action] = []
    size = 0
    for piece in pieces:
        length = sum(map(_length, piece))
        if batch and (len(batch) + len(piece) >= MAX_TRANSACTION or size + length > MAX_TRANSACTION_BYTES):
            yield batch
            batch, size = [], 0
        batch += piece
        size += length
    if batch:
        yield batch


def _length(action: Any) -> int:
    """About how many bytes, never fewer than count: texts of it as they are printed."""
    return len(repr(action).encode())
