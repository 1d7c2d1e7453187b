"""Pages of a list: orders that leave nothing to chance, and cursors that say where a page ended.

A page goes on after the position (value, key) of the last item before it, so what comes and goes between two pages
moves nothing else. Values are compared by code point, letters A to Z like a to z, on every database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core.signing import BadSignature, Signer
from django.db.models import Expression, F, Q, QuerySet
from django.db.models.functions import Lower
from rest_framework.request import Request

from catalog.api.problems import BadRequestError
from catalog.models.collation import by_code_point

KEY, NAME, MONTHLY_COST, UPDATED = ORDERS = ("key", "name", "monthly_cost", "updated")
LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


class Position(NamedTuple):
    """Where an item stands; `value` is None in the order of keys, and for what has no cost: that comes last."""

    value: Any
    key: str


class Cursor(NamedTuple):
    """The last item of a page, and the serial that was live when the first page was read."""

    serial: int
    position: Position


@dataclass(frozen=True, slots=True)
class Order:
    """An order that was asked for; `columns` say where a list has the values of the orders."""

    name: str
    columns: Mapping[str, str]
    is_descending: bool = False

    def sort(self, rows: QuerySet[Any, Any]) -> Any:
        """Sorted, with `value` and `tie` (the key) to go by; keys by themselves, in the order of their index."""
        if self.name == KEY:
            return rows.order_by("-key" if self.is_descending else "key")
        valued = rows.annotate(value=self._value(), tie=by_code_point("key"))
        value = F("value").desc(nulls_last=True) if self.is_descending else F("value").asc(nulls_last=True)
        return valued.order_by(value, "tie")

    def after(self, position: Position) -> Q:
        """What comes after it, in the rows of `sort`."""
        if self.name == KEY:
            return Q(key__lt=position.key) if self.is_descending else Q(key__gt=position.key)
        if position.value is None:
            return Q(value=None, tie__gt=position.key)
        further = Q(value__lt=position.value) if self.is_descending else Q(value__gt=position.value)
        return further | Q(value=position.value, tie__gt=position.key) | Q(value=None)

    def rank(self, position: Position) -> Any:
        """For sorting positions as the database does; not for the order of keys, which is the database's own."""
        value, key = position
        if isinstance(value, datetime):
            value = value.timestamp()
        if isinstance(value, str):
            points = [ord(character) for character in value]
            # Descending, a text comes before those that it begins.
            return (False, [-point for point in points] + [1] if self.is_descending else points, key)
        return (value is None, -(value or 0) if self.is_descending else value or 0, key)

    def _value(self) -> Expression | F:
        column = self.columns[self.name]
        return Lower(by_code_point(column)) if self.name == NAME else F(column)


def fold(name: str) -> str:
    """What the database makes of a name to sort by it."""
    return name.translate(LOWER)


def write_cursor(cursor: Cursor, *, listing: str) -> str:
    """Signed, so that only what was given out comes back; `listing` names the list that it belongs to."""
    value = cursor.position.value
    plain = value.isoformat() if isinstance(value, datetime) else value
    return _signer(listing).sign_object([cursor.serial, plain, cursor.position.key])


def read_cursor(text: str, *, listing: str, order: str = KEY) -> Cursor:
    """Raises BadRequestError for what was not given out for this list."""
    try:
        serial, value, key = _signer(listing).unsign_object(text)
    except (BadSignature, ValueError, UnicodeError) as error:
        message = "This is no cursor of this list in this order; take the address in the header Link, or begin without."
        raise BadRequestError(message, errors=[{"path": "/cursor", "code": "cursor", "message": message}]) from error
    return Cursor(serial, Position(datetime.fromisoformat(value) if order == UPDATED else value, key))


def link_next(request: Request, cursor: str) -> str:
    """The value of the header `Link`: the same address with this cursor. Reference: RFC 8288."""
    asked = {**dict(request.query_params.lists()), "cursor": [cursor]}
    return f'<{request.build_absolute_uri(request.path)}?{urlencode(asked, doseq=True)}>; rel="next"'


def _signer(listing: str) -> Signer:
    return Signer(salt=f"cursor of {listing}")
