"""`GET /search/providers`: what the configured index finds, its documents joined without being parsed."""

import json
from dataclasses import asdict

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from catalog.api.read.answers import Freshness, ReadView, answer_with, etag_of, not_modified
from catalog.api.read.counting import count_read
from catalog.api.read.paging import link_next
from catalog.api.read.whole import Whole, live_whole
from catalog.api.search.parameters import echoed, read_search, write_cursor
from catalog.api.search.shapes import SEARCH
from catalog.search.configured import open_index
from catalog.search.index import Page
from catalog.search.query import Query

# Whoever publishes between the queries of a page is rarely as quick again.
TRIES = 3


@extend_schema_view(get=extend_schema(**SEARCH))
class ProviderSearchView(ReadView):
    """Everything that is asked for must hold of what is found."""

    def get(self, request: Request) -> HttpResponse:
        query = read_search(request)
        count_read(request, "search/providers")
        whole = live_whole()
        freshness = _freshness(request, whole)
        unchanged = not_modified(request, freshness)
        if unchanged:
            return unchanged
        for _ in range(TRIES):
            page = open_index().search(query, version=whole.sha256)
            if page.version in (None, whole.sha256):
                break
            whole = live_whole()
        return _answer(request, query, page, _freshness(request, whole))


def _freshness(request: Request, whole: Whole) -> Freshness:
    return Freshness(etag_of(whole.sha256, request.get_full_path()), whole.published_at)


def _answer(request: Request, query: Query, page: Page, freshness: Freshness) -> HttpResponse:
    cursor = write_cursor(page.next, query) if page.next else None
    facets = {facet: [asdict(value) for value in values] for facet, values in page.facets.items()}
    rest = {"count": page.count, "query": echoed(request, query), **({"facets": facets} if facets else {})}
    members = json.dumps({**rest, "next": cursor}, ensure_ascii=False, separators=(",", ":"))
    content = f'{{"providers":[{",".join(page.bodies)}],{members[1:]}'
    answer = answer_with(request, content, freshness=freshness)
    if cursor:
        answer["Link"] = link_next(request, cursor)
    return answer
