"""Builds the whole index anew, beside the one that answers, and switches when it is complete.

1. begin a generation; one that has all of its snapshot, and was left then, is gone on with;
2. write every provider of its snapshot, shard by shard; what was published anew meanwhile is left out;
3. bring it to what is live now (advance), which adds what was left out;
4. switch, in one transaction; the generation before is dropped a while later.
Until 4, searches are answered as before; a rebuild that died costs nothing but space.

2 writes in batches, which ask for no claim: so a generation has one writer until then, and who finds it half written
begins another. What the first one still sends, however late, is in a generation that answers nobody.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from indexer.advance import CHUNK, WORKERS, advance
from indexer.codec import Item, pack
from indexer.counts import Counts, write_counts
from indexer.errors import HistoryError, LostClaimError, MovedError, NotYetError
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
from indexer.table import Action, Table
from indexer.tree import Document, Snapshot, Tree, bare

# Whoever began to search before the switch is done by then.
DROP_AFTER_SECONDS = 600
MAX_MOVES = 20
Progress = Callable[[int, int], None]


def rebuild(table: Table, tree: Tree, *, progress: Progress = lambda _done, _all: None) -> State:
    """The live state afterwards. `progress` is called with the providers written so far, and all there are.

    Raises BusyError if somebody else is at it, NotYetError if the tree is just being published.
    """
    drop_retired(table)
    try:
        return _finish(table, tree, _build(table, tree, progress))
    except HistoryError:
        # What somebody had begun is given up; from the beginning, then.
        return _finish(table, tree, _build(table, tree, progress))


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
    counts = table.query(f"{generation}#counts", names=("pk", "sk"))
    table.delete_all({"pk": item["pk"], "sk": item["sk"]} for item in counts)
    table.delete_all([{"pk": PK, "sk": f"{RETIRED}{generation}"}])


def abandon(table: Table, state: State) -> None:
    """Give up a generation that was begun. Raises BusyError if somebody goes on with it."""
    held = claim(table, state, target=state.target)
    # At once: who is slow in between could give up what answers by then.
    table.transact([_retire(state)], check={"Delete": held.check()})


def _other_keys(table: Table, generation: str, versions: Sequence[Version]) -> Iterator[Item]:
    """The keys of all items of these versions, but for their rows in the partition of everything."""
    for version in versions:
        yield from (row for row in version.row_keys(generation) if row["pk"] != partition(generation, ALL))
    for item in table.get_all([version.item_key(generation) for version in versions]):
        key = str(item["pk"]).removesuffix(".json")
        yield from part_keys(key, item["serial"], generation, count=item.get("raw_parts", 0))
        yield {"pk": item["pk"], "sk": item["sk"]}


def _build(table: Table, tree: Tree, progress: Progress) -> State:
    """A generation that has all of one snapshot: one that was begun and has it, or a new one."""
    pointer, state = tree.pointer(), read_state(table, BUILDING)
    if state and (state.layout != LAYOUT or not state.is_based):
        # Half written: its writer may only be slow, and what it wrote may have been published anew since.
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
            counts.join(_build_shard(held, tree, snapshot, name))
            progress(counts.total, everything)
        write_counts(table, counts, state.generation, state.serial)
        held.advance(replace(held.state, is_based=True))
    return held.state


def _build_shard(held: Claim, tree: Tree, snapshot: Snapshot, name: str) -> Counts:
    documents = tree.bundle(snapshot["bundles"][name]["sha256"])
    counts = Counts()
    for versions in _write_shard(held.table, tree, held.state, documents):
        held.renew()
        for version in versions:
            counts.add(version)
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


def _finish(table: Table, tree: Tree, built: State) -> State:
    for _ in range(MAX_MOVES):
        # In this order: what answers is never further than the pointer that is read after it.
        before = read_state(table)
        built = _catch_up(table, tree, built)
        with suppress(LostClaimError):
            return _switch(table, built, before)
    raise MovedError(f"The index was brought further {MAX_MOVES} times while it was rebuilt.")


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


def _switch(table: Table, built: State, before: State | None) -> State:
    """The generation that is built answers from now on. Raises LostClaimError if what answers is not `before`."""
    live = replace(built, slot=LIVE, indexed_at=now_text())
    same = "generation = :generation AND serial = :serial" if before else "attribute_not_exists(pk)"
    known = {":generation": before.generation, ":serial": before.serial} if before else {}
    values = {"ExpressionAttributeValues": pack(known)} if known else {}
    actions = [{"Put": {"Item": pack(pack_free(live.to_item())), "ConditionExpression": same, **values}}]
    if before:
        actions.append(_retire(before))
    with claimed(table, built, target=built.serial) as held:
        table.transact(actions, check={"Delete": held.check()})
    return live


def _retire(state: State) -> Action:
    retired = {"pk": PK, "sk": f"{RETIRED}{state.generation}", "retired_at": int(time.time())}
    return {"Put": {"Item": pack(retired)}}
