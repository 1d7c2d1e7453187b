"""One page of the live entries: bodies as they are kept, in an order that no publish between two pages upsets."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from catalog.api.read.paging import KEY, MONTHLY_COST, NAME, UPDATED, Cursor, Order, Position
from catalog.api.read.pinned import moved_since
from catalog.api.read.whole import LIVE_SERIAL, Whole
from catalog.models import LiveEntry

AFTER_SLASH = chr(ord("/") + 1)
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
    """`serial` is of the whole that was live when it was read; `value` is what it is sorted by besides its key."""

    key: str
    body: str
    serial: int | None
    value: Any = None

    @property
    def position(self) -> Position:
        return Position(self.value, self.key)


@dataclass(frozen=True, slots=True)
class Page:
    """The bodies; `next` is None on the last page. `serial` is of the whole that was read, None for an empty page."""

    bodies: list[str]
    next: Cursor | None = None
    serial: int | None = None


def read_page(asked: Asked, *, whole: Whole) -> Page:
    """What is asked of the live entries. One query; up to six more for a page after a publish."""
    order, limit, cursor = asked.order, asked.limit, asked.cursor
    rows = live_rows(asked.kind, asked.group)
    moved = moved_since(rows, cursor=cursor, order=order, serial=whole.serial) if cursor else {}
    unmoved = order.sort(rows.filter(serial__lte=cursor.serial) if cursor and moved else rows)
    if cursor:
        unmoved = unmoved.filter(order.after(cursor.position))
    columns = ("key", "body", LIVE_SERIAL, *(() if order.name == KEY else ("value",)))
    page: list[Any] = list(unmoved.values_list(*columns)[: limit + 1])
    serial = page[0][2] if page else None
    if cursor and moved:
        page = _merge([Row(*row) for row in page], rows, moved, order, cursor)[: limit + 1]
    begun = cursor.serial if cursor else whole.serial or 0
    more = Cursor(begun, Row(*page[limit - 1]).position) if len(page) > limit else None
    return Page([row[1] for row in page[:limit]], more, serial)


def live_rows(kind: str, group: str = "") -> QuerySet[LiveEntry]:
    """The live entries of a kind, or of one group of it.

    SQLite has no idea how many entries a kind has, and would sort all of them for a page in the order of keys. A range
    of keys leads it to their index; only there are keys compared by code point for sure.
    """
    rows = LiveEntry.objects.filter(group=group) if group else LiveEntry.objects.all()
    if connection.vendor != "sqlite":
        return rows.filter(kind=kind)
    return rows.filter(key__gt=f"{kind}s/", key__lt=f"{kind}s{AFTER_SLASH}")


def _merge(
    page: list[Row], rows: QuerySet[LiveEntry], moved: dict[str, Position], order: Order, cursor: Cursor
) -> list[Row]:
    """The page with those that moved, at the places that they had."""
    here = order.rank(cursor.position)
    due: dict[str, Any] = {key: at for key, at in moved.items() if order.rank(at) > here}
    bodies = rows.filter(key__in=due).values_list("key", "body")
    merged = [*page, *(Row(key, body, None, due[key].value) for key, body in bodies)]
    return sorted(merged, key=lambda row: order.rank(row.position))
