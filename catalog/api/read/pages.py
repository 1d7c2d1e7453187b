"""One page of the live entries: bodies as they are kept, in an order that no publish between two pages upsets."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import QuerySet

from catalog.api.read.paging import KEY, MONTHLY_COST, NAME, UPDATED, Cursor, Order, Position
from catalog.api.read.pinned import moved_since
from catalog.api.read.whole import Whole, live_digest
from catalog.models import LiveEntry

COLUMNS = {KEY: "key", NAME: "display_name", MONTHLY_COST: "monthly_cost_min", UPDATED: "updated_at"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller wants of a list; `listing` names it, so that cursors of others are told apart."""

    kind: str
    state: str
    group: str
    order: Order
    limit: int
    fields: tuple[str, ...]
    cursor: Cursor | None
    listing: str


class Row(NamedTuple):
    position: Position
    body: str


@dataclass(frozen=True, slots=True)
class Page:
    """The bodies; `next` is None on the last page. `sha256` says which whole was read, None if nothing was found."""

    bodies: list[str]
    next: Cursor | None = None
    sha256: str | None = None


def read_page(asked: Asked, *, whole: Whole) -> Page:
    """What is asked of the live entries. One query; up to six more for a page after a publish."""
    order, limit, cursor = asked.order, asked.limit, asked.cursor
    rows = LiveEntry.objects.filter(kind=asked.kind, **({"group": asked.group} if asked.group else {}))
    moved = moved_since(rows, cursor=cursor, order=order, serial=whole.serial) if cursor else {}
    unmoved = order.sort(rows.filter(serial__lte=cursor.serial) if cursor and moved else rows)
    if cursor:
        unmoved = unmoved.filter(order.after(cursor.position))
    found = list(unmoved.values_list("value", "key", "body", live_digest())[: limit + 1])
    page = [Row(Position(value, key), body) for value, key, body, _ in found]
    if cursor and moved:
        page = _merge(page, rows, moved, order, cursor)[: limit + 1]
    begun = cursor.serial if cursor else whole.serial or 0
    more = Cursor(begun, page[limit - 1].position) if len(page) > limit else None
    return Page([row.body for row in page[:limit]], more, found[0][-1] if found else None)


def _merge(
    page: list[Row], rows: QuerySet[LiveEntry], moved: dict[str, Position], order: Order, cursor: Cursor
) -> list[Row]:
    """The page with those that moved, at the places that they had."""
    here = order.rank(cursor.position)
    due: dict[str, Any] = {key: at for key, at in moved.items() if order.rank(at) > here}
    bodies = rows.filter(key__in=due).values_list("key", "body")
    merged = [*page, *(Row(due[key], body) for key, body in bodies)]
    return sorted(merged, key=lambda row: order.rank(row.position))
