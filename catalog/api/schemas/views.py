"""`GET /schemas`, `/schemas/{name}/{version}`, `POST /schemas/{name}/validate`, `POST /schemas/compatibility`."""

import json
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.direction import saving_problems
from catalog.api.base import PUBLIC, ApiView
from catalog.api.configs.bodies import read_object
from catalog.api.problems import UnprocessableError, listed
from catalog.api.read.answers import FOREVER_CACHE, Freshness, ReadView, answer_with, etag_of
from catalog.api.read.parameters import refuse_parameters
from catalog.api.schemas.shapes import COMPARE, COMPARE_SHAPE, LIST_SHAPE, SCHEMA_SHAPE, VALIDATE_SHAPE
from catalog.schemas.compare.report import Change, Mode, Policy, compare_schemas
from catalog.schemas.judging import TooMuchWorkError, limited
from catalog.schemas.library import CURRENT_VERSIONS, list_released, load_schema, schema_at
from catalog.schemas.problems import Problem
from catalog.schemas.rules import schema_problems

# A document of a megabyte that is merely large is judged to the end.
MAX_STEPS = 500_000


class SchemaListView(ReadView):
    """Every released schema."""

    @extend_schema(**LIST_SHAPE)
    def get(self, request: Request) -> HttpResponse:
        refuse_parameters(request)
        rows = [describe(name, version) for name, version in list_released()]
        content = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
        return answer_with(request, content, freshness=Freshness(etag_of(content)))


class ReleasedSchemaView(ReadView):
    """One released schema, which never changes."""

    @extend_schema(**SCHEMA_SHAPE)
    def get(self, request: Request, name: str, version: str) -> HttpResponse:
        refuse_parameters(request)
        if (name, version) not in list_released():
            raise NotFound(f"There is no schema {name} {version}; GET /schemas lists what there is.")
        schema = schema_at(name, version, public_url=settings.REGISTRY_PUBLIC_URL)
        content = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
        freshness = Freshness(etag_of(content), cache=FOREVER_CACHE)
        return answer_with(request, content, freshness=freshness, content_type="application/schema+json")


class ValidateDocumentView(ApiView):
    """Whether a document fits the current schema of its kind: a result, not an error."""

    scopes: ClassVar[dict[str, str]] = {"POST": PUBLIC}

    @extend_schema(**VALIDATE_SHAPE)
    def post(self, request: Request, name: str) -> Response:
        refuse_parameters(request)
        if name not in CURRENT_VERSIONS:
            raise NotFound(f"There is no schema {name}; there are {', '.join(sorted(CURRENT_VERSIONS))}.")
        errors = judge_document(name, read_object(request, noun="document"))
        return _uncached({"valid": not errors, "errors": listed(errors), "warnings": []})


class CompatibilityView(ApiView):
    """Whether a new schema still accepts what an old one accepts, or the other way round."""

    scopes: ClassVar[dict[str, str]] = {"POST": PUBLIC}

    @extend_schema(**COMPARE_SHAPE)
    def post(self, request: Request) -> Response:
        refuse_parameters(request)
        body = COMPARE.read(request)
        errors = [
            Problem(f"/{side}{problem.path}", problem.code, problem.message)
            for side in ("old", "new")
            for problem in schema_problems(body[side])
        ]
        if errors:
            raise UnprocessableError("The schemas cannot be compared before they are right.", errors=listed(errors))
        mode, policy = Mode(body.get("mode", Mode.BACKWARD)), Policy(body.get("policy", Policy.LENIENT))
        comparison = compare_schemas(body["old"], body["new"], mode=mode, policy=policy)
        changes = [shown_change(change) for change in comparison.changes]
        return _uncached({"compatible": comparison.compatible, "changes": changes})


def describe(name: str, version: str) -> dict[str, Any]:
    """What the list says of one schema."""
    schema = load_schema(name, version)
    return {
        "name": name,
        "version": version,
        "is_current": CURRENT_VERSIONS.get(name) == version,
        "title": schema.get("title", name),
        "description": schema.get("description", ""),
        "path": f"schemas/{name}/{version}",
    }


def judge_document(name: str, document: Any) -> list[Problem]:
    """Every problem of a document that may be anything."""
    try:
        with limited(MAX_STEPS):
            return saving_problems(name, document)
    except (TooMuchWorkError, RecursionError):
        return [Problem("", "too_complex", "Checking this takes too long; the document is too large.")]


def shown_change(change: Change) -> dict[str, Any]:
    """A change as the answer has it; `has_example` tells the example null from none."""
    return {
        "path": change.path,
        "kind": change.kind,
        "breaking": change.breaking,
        "explanation": change.explanation,
        "example": change.example if change.has_example else None,
        "has_example": change.has_example,
    }


def _uncached(body: dict[str, Any]) -> Response:
    return Response(body, headers={"Cache-Control": "no-store"})
