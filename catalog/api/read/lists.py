"""`GET /providers`, `/builders`, `/stacks`: bare arrays, whose next page is in the header `Link`."""

import json
from collections.abc import Iterable, Sequence
from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from catalog.api.openapi import member_names
from catalog.api.read.answers import NOT_KEPT, Freshness, ReadView, answer_with, etag_of, not_modified
from catalog.api.read.counting import count_read
from catalog.api.read.pages import COLUMNS, Asked, Page, read_page
from catalog.api.read.paging import KEY, Cursor, Order, link_next, read_cursor, write_cursor
from catalog.api.read.parameters import Query, read_query
from catalog.api.read.shapes import GROUP_CHOICES, GROUPS, LIVE, STATES, list_shape, orderings_of
from catalog.api.read.whole import live_whole
from catalog.api.read.working import read_working_page

# Whoever publishes between the two queries of a page is rarely as quick again.
TRIES = 3


class EntryListView(ReadView):
    """The live entries of one kind; others for who may see them."""

    kind: ClassVar[str]

    def get(self, request: Request) -> HttpResponse:
        asked = read_asked(request, self.kind)
        if asked.state == LIVE:
            answer = self._answer_live(request, asked)
        else:
            self.need_scope(request)
            page = read_working_page(asked)
            answer = self._answer(request, page, asked, Freshness(etag_of(*page.bodies), cache=NOT_KEPT))
        count_read(request, f"{self.kind}s")
        return answer

    def _answer_live(self, request: Request, asked: Asked) -> HttpResponse:
        """Two queries, one for 304; the page is of the whole that its ETag stands for."""
        for _ in range(TRIES):
            whole = live_whole()
            freshness = Freshness(etag_of(whole.sha256, request.get_full_path()), whole.published_at)
            answer = not_modified(request, freshness)
            if answer:
                return answer
            page = read_page(asked, whole=whole)
            if page.serial in (None, whole.serial):
                break
        return self._answer(request, page, asked, freshness)

    def _answer(self, request: Request, page: Page, asked: Asked, freshness: Freshness) -> HttpResponse:
        answer = answer_with(request, joined(page.bodies, asked.fields), freshness=freshness)
        if page.next:
            answer["Link"] = link_next(request, write_cursor(page.next, listing=asked.listing))
        return answer


@extend_schema_view(get=extend_schema(**list_shape("provider")))
class ProviderListView(EntryListView):
    kind = "provider"


@extend_schema_view(get=extend_schema(**list_shape("builder")))
class BuilderListView(EntryListView):
    kind = "builder"


@extend_schema_view(get=extend_schema(**list_shape("stack")))
class StackListView(EntryListView):
    kind = "stack"


def read_asked(request: Request, kind: str) -> Asked:
    """Raises BadRequestError that lists every mistake."""
    group_name = GROUPS[kind]
    query = read_query(request, ("state", group_name, "fields", "ordering", "cursor", "limit"))
    state = query.choice("state", STATES, default=LIVE)
    group = query.choice(group_name, GROUP_CHOICES[kind])
    ordering = query.choice("ordering", orderings_of(kind), default=KEY)
    fields = query.members("fields", member_names(kind))
    limit = query.limit()
    query.check()
    order = Order(ordering.removeprefix("-"), COLUMNS, is_descending=ordering.startswith("-"))
    listing = f"{kind} {state} {group} {ordering}"
    return Asked(kind, state, group, order, limit, fields, _cursor(query, listing, order), listing)


def joined(bodies: Iterable[str], fields: Sequence[str]) -> str:
    """A JSON array; the bodies are parsed only to choose `fields` of them."""
    return f"[{','.join(chosen(body, fields) for body in bodies) if fields else ','.join(bodies)}]"


def chosen(body: str, fields: Sequence[str]) -> str:
    """The members `fields` of a document, as far as it has them; all of it if there are none."""
    if not fields:
        return body
    document = json.loads(body)
    members = {name: document[name] for name in fields if name in document}
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))


def _cursor(query: Query, listing: str, order: Order) -> Cursor | None:
    text = query.values.get("cursor")
    return read_cursor(text, listing=listing, order=order.name) if text is not None else None
