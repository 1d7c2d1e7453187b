"""`GET /deployments/{id}/logs`: a page of lines; `GET /deployments/{id}/events`: all of them as they come."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.addresses import MAX_SMALL
from catalog.api.base import ApiView
from catalog.api.problems import BadRequestError, ProblemError
from catalog.api.read.documentation import AnyType
from catalog.api.read.parameters import NUMBER, read_query, shown
from catalog.api.write.common import person_of
from catalog.api.write.idempotency import caller_of
from deployments.actions.services.teams import deployments_of
from deployments.api.logs import shapes
from deployments.api.logs.access import ask_again, find_deployment, no_deployment
from deployments.api.logs.looks import leave_thread, look
from deployments.api.logs.news import News, read_news
from deployments.api.logs.slots import FullError, Slot, Slots
from deployments.api.logs.streams import Pace, follow
from deployments.models import Deployment
from registry_site.stopping import is_stopping

DEFAULT_LINES, MAX_LINES = 1_000, 5_000
PACE = Pace()
SLOTS = Slots()
# From when a stream was let in until it begins, and for one whose client takes nothing and does not go away.
BEGINS_SECONDS, STUCK_SECONDS = 15.0, 30.0
RETRY_SECONDS = "10"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
EVENTS = "text/event-stream"


class NoStreamError(ProblemError):
    """There are enough streams, or none at all here; whoever reads the log asks for pages instead."""

    status_code = 503
    default_code = "no_stream"


class TooManyStreamsError(NoStreamError):
    status_code = 429


class LogView(ApiView):
    scopes: ClassVar[dict[str, str]] = {"GET": "deployments:read"}

    @extend_schema(**shapes.LOG)
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002 - the name that the address has for callers
        query = read_query(request, ("after", "limit"))
        after = query.number("after", default=0, least=0, most=MAX_SMALL)
        limit = query.number("limit", default=DEFAULT_LINES, least=1, most=MAX_LINES)
        query.check()
        news = read_news(deployments_of(person_of(request)), id, after=after, limit=limit)
        if news is None:
            raise no_deployment(id)
        body = {"lines": news.lines, "next": news.next, **news.status}
        return Response(body, headers={"Cache-Control": "no-store"})


class EventsView(ApiView):
    """Answers like every view; only the body is asynchronous, so a stream costs no thread."""

    scopes: ClassVar[dict[str, str]] = {"GET": "deployments:read"}
    content_negotiation_class = AnyType

    @extend_schema(**shapes.EVENTS)
    def get(self, request: Request, id: UUID) -> HttpResponseBase:  # noqa: A002
        after = _read_after(request)
        find_deployment(request, id)
        if not isinstance(request._request, ASGIRequest):  # noqa: SLF001 - what carries it decides whether it can wait
            raise NoStreamError("This server has no streams: ask /logs for what comes after a line.")
        body = self._stream(request, id, after, slot=_take_slot(request))
        return StreamingHttpResponse(body, content_type=EVENTS, headers=HEADERS)

    def head(self, request: Request, id: UUID) -> HttpResponseBase:  # noqa: A002
        _read_after(request)
        find_deployment(request, id)
        return HttpResponse(content_type=EVENTS, headers=HEADERS)

    async def _stream(self, request: Request, pk: UUID, after: int, *, slot: Slot) -> AsyncIterator[bytes]:
        pace, may_read = PACE, ask_again(self, request, pk)
        longest = pace.ends + STUCK_SECONDS
        SLOTS.keep(slot, seconds=longest)
        task = asyncio.current_task()
        # A client that takes nothing would hold it for ever.
        end = asyncio.get_running_loop().call_later(longest, task.cancel) if task else None

        async def read(seen: int, limit: int) -> News | None:
            return await look(lambda: read_news(Deployment.objects.all(), pk, after=seen, limit=limit))

        async def may() -> bool:
            # While the database is away nobody is told anything either.
            return await look(may_read) is not False

        try:
            await leave_thread()
            async for part in follow(read, may, after=after, pace=pace, is_stopping=is_stopping):
                yield part
        finally:
            SLOTS.free(slot)
            if end is not None:
                end.cancel()


def _read_after(request: Request) -> int:
    """The last line that the caller has: `Last-Event-ID`, which a browser sends by itself, goes before `after`."""
    query = read_query(request, ("after",))
    after = query.number("after", default=0, least=0, most=MAX_SMALL)
    query.check()
    last = request.headers.get("Last-Event-ID", "")
    if not last:
        return after
    if not NUMBER.fullmatch(last):
        raise BadRequestError(f"Last-Event-ID {shown(last)} is no number of a line, from 0 to {MAX_SMALL}.")
    return int(last)


def _take_slot(request: Request) -> Slot:
    """Raises TooManyStreamsError for a caller who has many, NoStreamError if all of them have."""
    limits: Any = settings.REGISTRY_LOG_STREAMS
    most, each = limits["process"], limits["caller"]
    try:
        return SLOTS.take(caller_of(request), most=most, most_of_caller=each, seconds=BEGINS_SECONDS)
    except FullError as error:
        kind = TooManyStreamsError if error.is_caller else NoStreamError
        whose = f"You have {each} streams open" if error.is_caller else "There are enough streams"
        headers = {"Retry-After": RETRY_SECONDS}
        raise kind(f"{whose}: ask /logs for what comes after a line, or wait.", headers=headers) from error
