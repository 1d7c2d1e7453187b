"""`GET /providers/{name}/builders`, `/builders/{name}/providers`, `.../schema`, and `POST .../validate`."""

import json
from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.base import PUBLIC, ApiView
from catalog.api.configs.bodies import read_object
from catalog.api.configs.fitting import Keys, Rows, fitting_builders, fitting_providers
from catalog.api.configs.shapes import fitting_shape, schema_shape, validate_shape
from catalog.api.problems import listed
from catalog.api.read.answers import Freshness, ReadView, answer_with, etag_of, not_modified
from catalog.api.read.counting import count_read
from catalog.api.read.lookup import UNREAD, find_live
from catalog.api.read.paging import Cursor, Position, link_next, read_cursor, write_cursor
from catalog.api.read.parameters import read_query, refuse_parameters
from catalog.api.read.whole import live_whole
from catalog.models import LiveEntry
from catalog.models.choices import Lifecycle
from catalog.schemas.configs import judge_config
from catalog.schemas.hints import with_hints
from catalog.schemas.problems import Problem
from catalog.usage import compatible

# Raise it when the same schema is answered with other hints.
HINTS = "1"


class FittingView(ReadView):
    """The live entries that fit one: a bare array of documents, in the order of keys, a page at a time."""

    kind: ClassVar[str]
    find_fitting: ClassVar[Callable[[LiveEntry, Keys], Rows]]

    def get(self, request: Request, name: str) -> HttpResponse:
        query = read_query(request, ("cursor", "limit"))
        limit = query.limit()
        query.check()
        whole = live_whole()
        entry = find_live(self.kind, name, path=request.get_full_path())
        said = compatible(entry.key)
        parts = ("all",) if said is None else sorted(said)
        freshness = Freshness(etag_of(whole.sha256, request.get_full_path(), *parts), whole.published_at)
        answer = not_modified(request, freshness)
        if answer:
            return answer
        rows = type(self).find_fitting(entry, said).order_by("key").defer(*UNREAD)
        listing = f"fits {entry.key}"
        if "cursor" in query.values:
            rows = rows.filter(key__gt=read_cursor(query.values["cursor"], listing=listing).position.key)
        found = list(rows[: limit + 1])
        answer = answer_with(request, f"[{','.join(row.body for row in found[:limit])}]", freshness=freshness)
        if len(found) > limit:
            cursor = Cursor(whole.serial or 0, Position(None, found[limit - 1].key))
            answer["Link"] = link_next(request, write_cursor(cursor, listing=listing))
        count_read(request, entry.key)
        return answer


class SchemaView(ReadView):
    """The live config schema of one entry, with hints for forms."""

    kind: ClassVar[str]

    def get(self, request: Request, name: str) -> HttpResponse:
        refuse_parameters(request)
        entry = find_live(self.kind, name, path=request.get_full_path())
        freshness = Freshness(etag_of(entry.etag, "schema", HINTS), entry.updated_at)
        answer = not_modified(request, freshness)
        if answer is None:
            schema = with_hints(schema_of(entry), title=entry.display_name)
            content = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
            answer = answer_with(request, content, freshness=freshness, content_type="application/schema+json")
        count_read(request, entry.key)
        return answer


class ValidateView(ApiView):
    """Whether a config is right for one live entry: a result, not an error, with everything that is wrong at once."""

    kind: ClassVar[str]
    scopes: ClassVar[dict[str, str]] = {"POST": PUBLIC}

    def post(self, request: Request, name: str) -> Response:
        refuse_parameters(request)
        entry = find_live(self.kind, name, path=request.get_full_path())
        judgement = judge_config(schema_of(entry), read_object(request, noun="config"))
        warnings = [*lifecycle_warnings(entry), *judgement.warnings]
        return Response(
            {"valid": judgement.is_valid, "errors": listed(judgement.errors), "warnings": listed(warnings)},
            headers={"Cache-Control": "no-store"},
        )


def schema_of(entry: LiveEntry) -> dict[str, Any]:
    """The config schema of a live entry; an empty one if it has none."""
    schema: dict[str, Any] = json.loads(entry.body).get("config_schema", {})
    return schema


def lifecycle_warnings(entry: LiveEntry) -> list[Problem]:
    """That the entry itself should not be chosen any more, and what to choose instead."""
    if entry.lifecycle == Lifecycle.ACTIVE:
        return []
    lifecycle = json.loads(entry.body).get("lifecycle", {})
    instead = f" Use {lifecycle['replacement']} instead." if "replacement" in lifecycle else ""
    message = f"{entry.display_name} is {entry.lifecycle}: {lifecycle.get('reason', '')}{instead}"
    return [Problem("", f"entry_{entry.lifecycle}", message)]


@extend_schema_view(get=extend_schema(**fitting_shape("provider", "builder")))
class ProviderBuildersView(FittingView):
    kind = "provider"
    find_fitting = fitting_builders


@extend_schema_view(get=extend_schema(**fitting_shape("builder", "provider")))
class BuilderProvidersView(FittingView):
    kind = "builder"
    find_fitting = fitting_providers


@extend_schema_view(get=extend_schema(**schema_shape("provider")))
class ProviderSchemaView(SchemaView):
    kind = "provider"


@extend_schema_view(get=extend_schema(**schema_shape("builder")))
class BuilderSchemaView(SchemaView):
    kind = "builder"


@extend_schema_view(post=extend_schema(**validate_shape("provider")))
class ProviderValidateView(ValidateView):
    kind = "provider"


@extend_schema_view(post=extend_schema(**validate_shape("builder")))
class BuilderValidateView(ValidateView):
    kind = "builder"
