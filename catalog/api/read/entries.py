"""`GET /providers/{name}`, `/builders/{name}`, `/stacks/{name}`: one document, and who reads it."""

from datetime import date, timedelta
from typing import ClassVar

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.base import ApiView
from catalog.api.openapi import member_names
from catalog.api.problems import revision_etag
from catalog.api.read.answers import NOT_KEPT, Freshness, ReadView, answer_with, etag_of
from catalog.api.read.counting import count_read, reads_of
from catalog.api.read.lists import chosen
from catalog.api.read.lookup import find_live
from catalog.api.read.parameters import read_query
from catalog.api.read.shapes import LIVE, STATES, entry_shape, usage_shape
from catalog.api.read.working import find_revision, working_body
from catalog.usage import find_users

DEFAULT_DAYS, MAX_DAYS = 30, 366
MAX_CONSUMERS = 100


class EntryView(ReadView):
    """One live entry; its newest or its approved revision for who may see them.

    The ETag of what is not live is the number of its revision, which a write names in `If-Match`.
    """

    kind: ClassVar[str]

    def get(self, request: Request, name: str) -> HttpResponse:
        query = read_query(request, ("state", "fields"))
        state = query.choice("state", STATES, default=LIVE)
        fields = query.members("fields", member_names(self.kind))
        query.check()
        if state != LIVE:
            self.need_scope(request)
            entry, revision = find_revision(self.kind, name, state=state, path=request.get_full_path())
            key, body = entry.key, working_body(revision)
            freshness = Freshness(revision_etag(revision.number).strip('"'), revision.created_at, NOT_KEPT)
        else:
            live = find_live(self.kind, name, path=request.get_full_path())
            key, body = live.key, live.body
            freshness = Freshness(live.etag, live.updated_at)
        if fields:
            part = etag_of(freshness.etag, *fields)
            freshness = Freshness(part, freshness.modified_at, freshness.cache)
        answer = answer_with(request, chosen(body, fields), freshness=freshness)
        count_read(request, key)
        return answer


class UsageView(ApiView):
    """Who reads a live entry, and which services use it."""

    kind: ClassVar[str]
    scopes: ClassVar[dict[str, str]] = {"GET": "entries:read"}

    def get(self, request: Request, name: str) -> Response:
        query = read_query(request, ("days",))
        days = query.number("days", default=DEFAULT_DAYS, least=1, most=MAX_DAYS)
        query.check()
        entry = find_live(self.kind, name, path=request.get_full_path())
        since = _today() - timedelta(days=days - 1)
        reads = reads_of(entry.key, since=since)
        body = {
            "key": entry.key,
            "since": since.isoformat(),
            "reads": sum(each["reads"] for each in reads),
            "consumers": reads[:MAX_CONSUMERS],
            "users": [{"kind": use.kind, "name": use.name, "address": use.address} for use in find_users(entry.key)],
        }
        return Response(body, headers={"Cache-Control": NOT_KEPT})


@extend_schema_view(get=extend_schema(**entry_shape("provider")))
class ProviderView(EntryView):
    kind = "provider"


@extend_schema_view(get=extend_schema(**entry_shape("builder")))
class BuilderView(EntryView):
    kind = "builder"


@extend_schema_view(get=extend_schema(**entry_shape("stack")))
class StackView(EntryView):
    kind = "stack"


@extend_schema_view(get=extend_schema(**usage_shape("provider")))
class ProviderUsageView(UsageView):
    kind = "provider"


@extend_schema_view(get=extend_schema(**usage_shape("builder")))
class BuilderUsageView(UsageView):
    kind = "builder"


@extend_schema_view(get=extend_schema(**usage_shape("stack")))
class StackUsageView(UsageView):
    kind = "stack"


def _today() -> date:
    return timezone.now().date()
