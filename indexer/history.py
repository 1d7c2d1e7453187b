"""What was published between two snapshots: followed from parent to parent, so that nothing in between is missed.

A document that was changed and changed back is the same in both, but was published with a newer serial.
"""

from collections.abc import Iterator
from typing import NamedTuple

from indexer.errors import DamagedTreeError, HistoryError
from indexer.tree import PROVIDERS, Line, Pointer, Snapshot, Tree

# Beyond, to read the whole is less work.
MAX_STEPS = 50


class Wanted(NamedTuple):
    """How an entry was left by the last step that changed it: `line` is None if that took it out."""

    serial: int
    line: Line | None


def changes_since(tree: Tree, pointer: Pointer, *, serial: int, snapshot: str) -> dict[str, Wanted]:
    """Key -> how `pointer` has it, of every provider that was changed after `serial`, whose file is `snapshot`.

    Raises HistoryError if the way back to that snapshot is too long, has been collected, or does not lead there.
    """
    changed: dict[str, Wanted] = {}
    for before, after in reversed(_steps(tree, pointer, serial=serial, snapshot=snapshot)):
        old, new = _changed_lines(tree, before, after), _changed_lines(tree, after, before)
        for key in old.keys() | new.keys():
            if old.get(key) != new.get(key):
                changed[key] = Wanted(after["serial"], new.get(key))
    return changed


def provider_shards(snapshot: Snapshot) -> dict[str, str]:
    """Name -> digest."""
    return {name: shard["sha256"] for name, shard in snapshot["shards"].items() if name.startswith(PROVIDERS)}


def _steps(tree: Tree, pointer: Pointer, *, serial: int, snapshot: str) -> list[tuple[Snapshot, Snapshot]]:
    """(before, after), the newest first."""
    steps: list[tuple[Snapshot, Snapshot]] = []
    after = tree.snapshot(pointer.snapshot)
    while after["serial"] > serial:
        if len(steps) == MAX_STEPS:
            raise HistoryError(f"More than {MAX_STEPS} snapshots were published after serial {serial}.")
        before = _parent(tree, after)
        steps.append((before, after))
        # What was indexed has to be on the way: else the table was filled from another registry.
        if before["serial"] <= serial and after["parent"] != snapshot:
            raise HistoryError(f"{snapshot} is no ancestor of {pointer.snapshot}.")
        after = before
    return steps


def _parent(tree: Tree, snapshot: Snapshot) -> Snapshot:
    if snapshot["parent"] is None:
        return {"serial": 0, "shards": {}}
    try:
        return tree.snapshot(snapshot["parent"])
    except DamagedTreeError as error:
        raise HistoryError(f"The way back ends at serial {snapshot['serial']}: {error}") from error


def _changed_lines(tree: Tree, snapshot: Snapshot, other: Snapshot) -> dict[str, Line]:
    """The lines of the shards that `other` has not."""
    known = set(provider_shards(other).values())
    return dict(_lines(tree, sorted(set(provider_shards(snapshot).values()) - known)))


def _lines(tree: Tree, digests: list[str]) -> Iterator[tuple[str, Line]]:
    for digest in digests:
        yield from tree.shard(digest).items()
