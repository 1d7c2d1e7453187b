"""Pages of what comes newest first: a time, and the id where two are of one moment."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.read.paging import UPDATED, Cursor, Position, link_next, read_cursor, write_cursor
from catalog.api.read.parameters import Query

Row = TypeVar("Row", bound=Model)


def read_page(query: Query, rows: QuerySet[Row], *, by: str, path: str) -> tuple[list[Row], str | None]:
    """A page of rows by the time in the column `by`, and the cursor of the next one. One query.

    Raises BadRequestError for what is wrong with the query, or for a cursor of another list.
    """
    limit = query.limit()
    query.check()
    asked = sorted((name, value) for name, value in query.values.items() if name not in ("cursor", "limit"))
    listing = f"{path} {asked}"
    if "cursor" in query.values:
        at, last = read_cursor(query.values["cursor"], listing=listing, order=UPDATED).position
        rows = rows.filter(Q(**{f"{by}__lt": at}) | Q(**{by: at}, pk__lt=UUID(last)))
    found = list(rows.order_by(f"-{by}", "-pk")[: limit + 1])
    if len(found) <= limit:
        return found, None
    last_row = found[limit - 1]
    moment: datetime = getattr(last_row, by)
    return found[:limit], write_cursor(Cursor(0, Position(moment, str(last_row.pk))), listing=listing)


def read_text(query: Query, name: str) -> str:
    """The text of a parameter, empty if it is not there; U+0000, which no database holds, is refused."""
    value = query.values.get(name, "")
    if "\0" in value:
        query.refuse(name, "text", "There is a character U+0000 in it.")
    return value


def answer_page(request: Request, shown: list[dict[str, Any]], cursor: str | None) -> Response:
    """A bare array; the address of the next page is in `Link`."""
    answer = Response(shown, headers={"Cache-Control": "private, no-store"})
    if cursor:
        answer["Link"] = link_next(request, cursor)
    return answer
