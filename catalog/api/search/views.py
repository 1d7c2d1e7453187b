"""`GET /search/providers`: what the configured index finds, its documents joined without being parsed."""

import json
from dataclasses import asdict

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from catalog.api.operations.metrics import SEARCH_UNITS
from catalog.api.problems import BadRequestError, ProblemError, UnavailableError, UnprocessableError
from catalog.api.read.answers import Freshness, ReadView, answer_with, etag_of, not_modified
from catalog.api.read.counting import count_read
from catalog.api.read.paging import link_next
from catalog.api.read.whole import Whole, live_whole
from catalog.api.search.parameters import echoed, read_search, write_cursor
from catalog.api.search.shapes import SEARCH
from catalog.search.configured import open_index
from catalog.search.index import (
    Page,
    SearchError,
    SearchIndex,
    SearchTooBroadError,
    SearchUnsupportedError,
)
from catalog.search.query import Query

# Whoever publishes between the queries of a page is rarely as quick again.
TRIES = 3
RETRY_SECONDS = 30


@extend_schema_view(get=extend_schema(**SEARCH))
class ProviderSearchView(ReadView):
    """Everything that is asked for must hold of what is found."""

    def get(self, request: Request) -> HttpResponse:
        query = read_search(request)
        count_read(request, "search/providers")
        try:
            return self._answer(request, query, open_index())
        except SearchError as error:
            raise _problem_of(error) from error

    def _answer(self, request: Request, query: Query, index: SearchIndex) -> HttpResponse:
        whole = _whole_of(index)
        unchanged = not_modified(request, _freshness(request, whole))
        if unchanged:
            return unchanged
        for _ in range(TRIES):
            page = index.search(query, version=whole.sha256)
            if page.version in (None, whole.sha256):
                break
            whole = _whole_of(index)
        if page.units is not None:
            SEARCH_UNITS.observe(page.units)
        return _answer(request, query, page, _freshness(request, whole))


def _whole_of(index: SearchIndex) -> Whole:
    edition = index.edition()
    return live_whole() if edition is None else Whole(*edition)


def _problem_of(error: SearchError) -> ProblemError:
    if isinstance(error, SearchUnsupportedError):
        problem = {"path": f"/{error.parameter}", "code": "unsupported", "message": str(error)}
        return BadRequestError(str(error), errors=[problem])
    if isinstance(error, SearchTooBroadError):
        return UnprocessableError(str(error), errors=[{"path": "", "code": "too_broad", "message": str(error)}])
    return UnavailableError(str(error), headers={"Retry-After": str(RETRY_SECONDS)})


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
