"""Which generation answers, and at which serial: the one item that a search begins with, and that a writer claims.

The generation that is being built has a state of its own, of the same shape. A claim is polite (who finds a fresh one
of somebody else comes back later) and checked with every write, so that who was overtaken can do no harm.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from indexer.codec import Item, pack
from indexer.errors import BusyError, IndexerError, LostClaimError
from indexer.items import LAYOUT
from indexer.table import Action, Table
from indexer.tree import Pointer

PK = "index"
LIVE, BUILDING, RETIRED = "live", "building", "retired#"
# Longer than a writer is silent, shorter than a queue waits.
CLAIM_SECONDS = 60
RENEW_SECONDS = 15
MAX_TROUBLE = 1000
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class State:
    """`slot`: LIVE or BUILDING. `serial`, `snapshot` and the rest say what is indexed; serial 0 for nothing yet.

    `target` is the serial that somebody has begun to write, at `begun_at` at the latest; `trouble` is why that did not
    succeed, the last time. `claimed_at` is when the `writer` was last heard of, 0 for one that is done.
    `is_based`: whether a generation that is being built has all of its first snapshot.
    """

    slot: str
    generation: str
    serial: int
    sha256: str
    snapshot: str
    published_at: str
    indexed_at: str = ""
    target: int = 0
    trouble: str = ""
    trouble_at: str = ""
    writer: str = ""
    claimed_at: int = 0
    begun_at: int = 0
    is_based: bool = True
    layout: int = LAYOUT

    def at(self, pointer: Pointer) -> "State":
        """The state once this is indexed."""
        return replace(self, **pointer._asdict(), target=pointer.serial, begun_at=0, trouble="", trouble_at="")

    def is_left_half_written(self, now: float, *, longer_than: float) -> bool:
        return self.target > self.serial and 0 < self.begun_at < now - longer_than

    def to_item(self) -> Item:
        members = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "slot"}
        return {"pk": PK, "sk": self.slot, **members}


@dataclass(slots=True)
class Claim:
    """The right to write what `state` says; `renew` it often."""

    table: Table
    state: State
    clock: Clock = time.time
    _renewed_at: float = 0.0

    def __post_init__(self) -> None:
        self._renewed_at = self.clock()

    def check(self) -> Action:
        """The condition of every write: nobody has taken over."""
        return {
            "Key": pack({"pk": PK, "sk": self.state.slot}),
            "ConditionExpression": "writer = :writer",
            "ExpressionAttributeValues": pack({":writer": self.state.writer}),
        }

    def renew(self) -> None:
        """Raises LostClaimError. A request now and then."""
        if self.clock() - self._renewed_at < RENEW_SECONDS:
            return
        self._renewed_at = self.clock()
        self.change("SET claimed_at = :now", {":now": int(self.clock())})

    def change(self, expression: str, values: dict[str, Any]) -> None:
        """Change the state. Raises LostClaimError."""
        done = self.table.update(
            {"pk": PK, "sk": self.state.slot},
            UpdateExpression=expression,
            ConditionExpression="writer = :writer",
            ExpressionAttributeValues=pack({":writer": self.state.writer, **values}),
        )
        if not done:
            raise LostClaimError("Somebody else has taken over writing the index.")

    def advance(self, state: State) -> None:
        """What is indexed now; it gives the claim back."""
        item = {**state.to_item(), "indexed_at": now_text(self.clock), "claimed_at": 0}
        done = self.table.put(
            item, ConditionExpression="writer = :writer", ExpressionAttributeValues=pack({":writer": state.writer})
        )
        if not done:
            raise LostClaimError("Somebody else has taken over writing the index.")
        self.state = state


@contextmanager
def claimed(table: Table, state: State, *, target: int, clock: Clock = time.time) -> Iterator[Claim]:
    """Write from `state` on. Raises BusyError if somebody else is at it, or has changed it."""
    held = claim(table, state, target=target, clock=clock)
    try:
        yield held
    except IndexerError:
        # Nobody, and not the next try of this one either, need wait until it is silent for long enough.
        with suppress(IndexerError):
            held.change("SET claimed_at = :now", {":now": 0})
        raise


def read_state(table: Table, slot: str = LIVE) -> State | None:
    """One request. None if there is none."""
    item = table.get(PK, slot)
    return state_of(item) if item else None


def state_of(item: Item) -> State:
    members = {name: item[name] for name in State.__dataclass_fields__ if name in item}
    return State(slot=item["sk"], **members)


def claim(table: Table, state: State, *, target: int, clock: Clock = time.time) -> Claim:
    """See `claimed`."""
    writer, now = secrets.token_hex(8), int(clock())
    begun = state.begun_at if state.target > state.serial and state.begun_at else now
    done = table.update(
        {"pk": PK, "sk": state.slot},
        UpdateExpression="SET writer = :writer, claimed_at = :now, target = :target, begun_at = :begun",
        ConditionExpression="generation = :generation AND serial = :serial AND is_based = :is_based "
        "AND claimed_at < :silent",
        ExpressionAttributeValues=pack(
            {
                ":writer": writer,
                ":now": now,
                ":target": target,
                ":begun": begun,
                ":generation": state.generation,
                ":serial": state.serial,
                ":is_based": state.is_based,
                ":silent": now - CLAIM_SECONDS,
            }
        ),
    )
    if not done:
        raise BusyError("Somebody else is writing the index.")
    return Claim(table, replace(state, writer=writer, target=target, begun_at=begun), clock)


def begin_generation(table: Table, pointer: Pointer, *, clock: Clock = time.time) -> State:
    """The state of a new generation, empty and to be built from `pointer`. Raises BusyError if there is one."""
    now = datetime.fromtimestamp(clock(), UTC)
    state = State(BUILDING, f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}", is_based=False, **pointer._asdict())
    if not table.put(pack_free(state.to_item()), ConditionExpression="attribute_not_exists(pk)"):
        raise BusyError("Somebody else has begun to rebuild the index.")
    return state


def pack_free(item: Item) -> Item:
    """With a claim of nobody, which the first one takes."""
    return {**item, "claimed_at": 0, "writer": ""}


def note_trouble(table: Table, trouble: str, *, pointer: Pointer | None = None, clock: Clock = time.time) -> None:
    """Keep why the index is behind `pointer`, for who looks at the registry's status.

    Only if there is an index, and it is not there by now: somebody else may have brought it so far.
    """
    changes, condition = "SET trouble = :trouble, trouble_at = :at", "attribute_exists(pk)"
    values: Item = {":trouble": trouble[:MAX_TROUBLE], ":at": now_text(clock)}
    if pointer:
        changes, condition = f"{changes}, target = :target", f"{condition} AND sha256 <> :sha256"
        values |= {":target": pointer.serial, ":sha256": pointer.sha256}
    table.update(
        {"pk": PK, "sk": LIVE},
        UpdateExpression=changes,
        ConditionExpression=condition,
        ExpressionAttributeValues=pack(values),
    )


def forget_trouble(table: Table, state: State) -> None:
    """The index is where it should be: what hindered it once does so no more."""
    table.update(
        {"pk": PK, "sk": LIVE},
        UpdateExpression="SET trouble = :none, trouble_at = :none",
        ConditionExpression="sha256 = :sha256 AND trouble_at = :at",
        ExpressionAttributeValues=pack({":none": "", ":sha256": state.sha256, ":at": state.trouble_at}),
    )


def retired_generations(table: Table) -> Iterator[Item]:
    """`{"generation", "retired_at"}` of those that answer no more, and are to be dropped."""
    for item in table.query(PK, begins_with=RETIRED):
        yield {"generation": str(item["sk"]).removeprefix(RETIRED), "retired_at": item["retired_at"]}


def now_text(clock: Clock = time.time) -> str:
    return datetime.fromtimestamp(clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
