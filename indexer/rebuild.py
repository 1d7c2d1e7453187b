"""Builds the whole index anew, beside the one that answers, and switches when it is complete.

1. begin a generation, or go on with one that somebody began and left;
2. write every provider of its snapshot, shard by shard; what was published anew meanwhile is left out;
3. bring it to what is live now (advance), which adds what was left out;
4. switch, in one transaction; the generation before is dropped a while later.
Until 4, searches are answered as before; a rebuild that died is gone on with, or costs nothing but space.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice

from indexer.advance import CHUNK, WORKERS, advance
from indexer.codec import Item, join, pack, split
from indexer.counts import Counts, counts_of, write_counts
from indexer.errors import HistoryError, MovedError, NotYetError
from indexer.history import provider_shards
from indexer.items import ALL, LAYOUT, Version, items_of, part_keys, partition, version_of, version_of_row
from indexer.state import (
    BUILDING,
    LIVE,
    PK,
    RETIRED,
    Claim,
    State,
    begin_generation,
    claim,
    claimed,
    now_text,
    pack_free,
    read_state,
    retired_generations,
)
from indexer.table import Table
from indexer.tree import Document, Snapshot, Tree, bare

# Whoever began to search before the switch is done by then.
DROP_AFTER_SECONDS = 600
MAX_MOVES = 20
Progress = Callable[[int, int], None]


def rebuild(table: Table, tree: Tree, *, progress: Progress = lambda _done, _all: None) -> State:
    """The live state afterwards. `progress` is called with the providers written so far, and all there are.

    Raises NotYetError if somebody else is at it, or the tree is just being published.
    """
    drop_retired(table)
    try:
        built = _catch_up(table, tree, _build(table, tree, progress))
    except HistoryError:
        # What somebody had begun is given up; from the beginning, then.
        built = _catch_up(table, tree, _build(table, tree, progress))
    return _switch(table, built)


def drop_retired(table: Table, *, older_than: float = DROP_AFTER_SECONDS) -> None:
    """Delete what generations that answer no more have left. Doing it again goes on where it was left."""
    for retired in list(retired_generations(table)):
        if retired["retired_at"] <= time.time() - older_than:
            drop_generation(table, retired["generation"])


def drop_generation(table: Table, generation: str) -> None:
    rows = table.query(partition(generation, ALL))
    while chunk := list(islice(rows, CHUNK)):
        versions = [version_of_row(row) for row in chunk]
        table.delete_all(_other_keys(table, generation, versions))
        # Last, since the others are found by them.
        table.delete_all({"pk": row["pk"], "sk": row["sk"]} for row in chunk)
    for pk in (f"{generation}#counts", f"{generation}#shards"):
        table.delete_all({"pk": item["pk"], "sk": item["sk"]} for item in table.query(pk, names=("pk", "sk")))
    table.delete_all([{"pk": PK, "sk": f"{RETIRED}{generation}"}])


def abandon(table: Table, state: State) -> None:
    """Give up a generation that was begun."""
    claim(table, state, target=state.target)
    table.put({"pk": PK, "sk": f"{RETIRED}{state.generation}", "retired_at": int(time.time())})
    table.delete_all([{"pk": PK, "sk": BUILDING}])


def _other_keys(table: Table, generation: str, versions: Sequence[Version]) -> Iterator[Item]:
    """The keys of all items of these versions, but for their rows in the partition of everything."""
    for version in versions:
        yield from (row for row in version.row_keys(generation) if row["pk"] != partition(generation, ALL))
    for item in table.get_all([version.item_key(generation) for version in versions]):
        key = str(item["pk"]).removesuffix(".json")
        yield from part_keys(key, item["serial"], generation, count=item.get("raw_parts", 0))
        yield {"pk": item["pk"], "sk": item["sk"]}


def _build(table: Table, tree: Tree, progress: Progress) -> State:
    """A generation that has all of one snapshot: one that was begun, if it can be gone on with, or a new one."""
    pointer, state = tree.pointer(), read_state(table, BUILDING)
    if state and (state.layout != LAYOUT or (not state.is_based and state.sha256 != pointer.sha256)):
        # Of a snapshot that is live no more, some copies are gone.
        abandon(table, state)
        state = None
    state = state or begin_generation(table, pointer)
    return state if state.is_based else _build_base(table, tree, state, progress)


def _build_base(table: Table, tree: Tree, state: State, progress: Progress) -> State:
    snapshot = tree.snapshot(state.snapshot)
    names = sorted(provider_shards(snapshot))
    everything = sum(snapshot["shards"][name]["count"] for name in names)
    counts = Counts()
    with claimed(table, state, target=state.serial) as held:
        for name in names:
            counts.join(_read_shard(table, state, name) or _build_shard(held, tree, snapshot, name))
            progress(counts.total, everything)
        write_counts(table, counts, state.generation, state.serial)
        held.advance(replace(held.state, is_based=True))
    return held.state


def _read_shard(table: Table, state: State, name: str) -> Counts | None:
    """What is counted of a shard that was written before; None if it was not, or not to its end."""
    done = table.get(f"{state.generation}#shards", name)
    return counts_of(join([done["counts"]])) if done else None


def _build_shard(held: Claim, tree: Tree, snapshot: Snapshot, name: str) -> Counts:
    documents = tree.bundle(snapshot["bundles"][name]["sha256"])
    counts = Counts()
    for versions in _write_shard(held.table, tree, held.state, documents):
        held.renew()
        for version in versions:
            counts.add(version)
    written = b"".join(split(counts.to_bytes()))
    held.table.put({"pk": f"{held.state.generation}#shards", "sk": name, "counts": written})
    return counts


def _write_shard(table: Table, tree: Tree, state: State, documents: dict[str, Document]) -> Iterator[list[Version]]:
    """Write it; the versions of each chunk that was written."""

    def write(entry: tuple[str, Document]) -> Version | None:
        key, document = entry
        copy = tree.copy(key)
        found = copy.get("serial") if copy else None
        if type(found) is int and found > state.serial:
            return None
        # By any serial up to this one: which one is not known here.
        if copy is None or type(found) is not int or bare(copy) != document:
            raise NotYetError(f"{key}.json is not the document that serial {state.serial} has, or not yet.")
        version = version_of(key, copy)
        table.put_all([*version.rows(state.generation), *items_of(version, copy, state.generation)])
        return version

    rest = iter(sorted(documents.items()))
    with ThreadPoolExecutor(WORKERS) as pool:
        while chunk := list(islice(rest, CHUNK)):
            yield [version for version in pool.map(write, chunk) if version]


def _catch_up(table: Table, tree: Tree, state: State) -> State:
    for _ in range(MAX_MOVES):
        pointer = tree.pointer()
        if pointer.sha256 == state.sha256:
            return state
        try:
            if pointer.serial <= state.serial:
                raise HistoryError("What was begun is of another registry.")
            state = advance(table, tree, state, pointer)
        except HistoryError:
            abandon(table, state)
            raise
    raise MovedError(f"The registry was published {MAX_MOVES} times while its index was rebuilt.")


def _switch(table: Table, built: State) -> State:
    """The generation that is built answers from now on."""
    before = read_state(table, LIVE)
    held = claim(table, built, target=built.serial)
    live = replace(built, slot=LIVE, indexed_at=now_text())
    same = "generation = :generation" if before else "attribute_not_exists(pk)"
    values = {"ExpressionAttributeValues": pack({":generation": before.generation})} if before else {}
    actions = [{"Put": {"Item": pack(pack_free(live.to_item())), "ConditionExpression": same, **values}}]
    if before:
        retired = {"pk": PK, "sk": f"{RETIRED}{before.generation}", "retired_at": int(time.time())}
        actions.append({"Put": {"Item": pack(retired)}})
    table.transact(actions, check={"Delete": held.check()})
    return live
