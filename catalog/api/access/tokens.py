"""Tokens of the person who is signed in: list, make, look at, revoke. A token makes and revokes none.

What is made is told in that one answer; so the requests here know no `Idempotency-Key`, which would keep it.
"""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.token_usage import usage_of
from catalog.actions.tokens import MAX_LIFE, MAX_NAME, make_token, may_see_all_tokens, revoke_token, state_of
from catalog.api.access.shapes import NewTokenShape, TokenShape, UsageShape
from catalog.api.addresses import MAX_SMALL
from catalog.api.base import PERSON, ApiView
from catalog.api.openapi import problems
from catalog.api.problems import BadRequestError, ForbiddenError
from catalog.api.read.counting import counter
from catalog.api.read.parameters import NUMBER, read_query, refuse_parameters
from catalog.api.read.shapes import LIMIT
from catalog.api.write.bodies import Body
from catalog.api.write.common import person_of
from catalog.models import Token
from catalog.models.choices import ProviderType
from catalog.models.clients import SCOPES

SIGNED_IN: Any = [{"cookieAuth": []}]
YEAR = 366
EXAMPLE: dict[str, Any] = {
    "id": "3f9a0c1b7d2e",
    "name": "Nightly build of the web site",
    "owner": "editor",
    "scopes": ["entries:read"],
    "provider_types": ["cms"],
    "state": "active",
    "created_at": "2026-11-24T12:00:00Z",
    "expires_at": "2027-02-22T12:00:00Z",
    "last_used_at": None,
    "revoked_at": None,
}
USAGE = {
    "token": "3f9a0c1b7d2e",
    "since": "2026-10-26",
    "reads": 42,
    "objects": [{"object": "providers/cms/sanity", "reads": 42}],
    "days": [{"day": "2026-11-24", "reads": 42}],
}
NEW = Body(
    {
        "name": {"type": "string", "minLength": 1, "maxLength": MAX_NAME, "description": "What it is for."},
        "scopes": {
            "type": "array",
            "items": {"enum": list(SCOPES)},
            "minItems": 1,
            "uniqueItems": True,
            "description": "What it may do; no more than you may.",
        },
        "days": {"type": "integer", "minimum": 1, "maximum": MAX_LIFE.days, "description": "How long it lives."},
        "provider_types": {
            "type": "array",
            "items": {"enum": list(ProviderType.values)},
            "uniqueItems": True,
            "description": "Providers of these types only; of all that you may change without it.",
        },
    },
    required=("name", "scopes", "days"),
)
ID = OpenApiParameter(
    "id",
    {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
    OpenApiParameter.PATH,
    description="A token's id, not its text.",
)
PAGE = [
    OpenApiParameter("everybody", OpenApiTypes.BOOL, description="true: also of others, for who reads the audit log."),
    LIMIT,
    OpenApiParameter(
        "cursor",
        {"type": "integer", "minimum": 0, "maximum": MAX_SMALL},
        description="From the header Link of the page before.",
    ),
]


DAYS = OpenApiParameter(
    "days", {"type": "integer", "minimum": 1, "maximum": YEAR, "default": 30}, description="Today included."
)
FINDING = problems(400, 401, 403, 404, 429)


class Tokens(ApiView):
    """`GET` and `POST /tokens`."""

    scopes: ClassVar[dict[str, str]] = {"GET": PERSON, "POST": PERSON}

    @extend_schema(
        operation_id="list_tokens",
        summary="Your tokens, the newest first",
        tags=["tokens"],
        auth=SIGNED_IN,
        parameters=PAGE,
        responses={200: OpenApiResponse(TokenShape(many=True)), **problems(400, 401, 403, 429)},
        examples=[OpenApiExample("One token", response_only=True, value=[EXAMPLE])],
    )
    def get(self, request: Request) -> Response:
        query = read_query(request, ("everybody", "limit", "cursor"))
        everybody = query.choice("everybody", ("true", "false"), default="false") == "true"
        limit, cursor = query.limit(), query.values.get("cursor")
        if cursor is not None and not NUMBER.fullmatch(cursor):
            query.refuse("cursor", "cursor", "A cursor comes from the header Link of the page before.")
        query.check()
        if everybody and not may_see_all_tokens(request.user):
            raise ForbiddenError("Tokens of others are for whoever reads the audit log.")
        tokens = tokens_of(request, everybody=everybody).order_by("-pk")
        found = list(tokens.filter(pk__lt=int(cursor))[: limit + 1] if cursor else tokens[: limit + 1])
        answer = Response([shown(token) for token in found[:limit]], headers={"Cache-Control": "no-store"})
        if len(found) > limit:
            more = f"everybody={str(everybody).lower()}&limit={limit}&cursor={found[limit - 1].pk}"
            answer["Link"] = f'<{request.path}?{more}>; rel="next"'
        return answer

    @extend_schema(
        operation_id="make_token",
        summary="Make a token",
        tags=["tokens"],
        auth=SIGNED_IN,
        request={"application/json": NEW.schema},
        responses={
            201: OpenApiResponse(NewTokenShape, description="The only answer that has the text of the token."),
            **problems(400, 401, 403, 413, 415, 422, 429),
        },
        examples=[
            OpenApiExample(
                "For a build",
                request_only=True,
                value={"name": EXAMPLE["name"], "scopes": ["entries:read"], "days": 90, "provider_types": ["cms"]},
            ),
            OpenApiExample(
                "Made",
                response_only=True,
                status_codes=["201"],
                value={**EXAMPLE, "token": "reg_3f9a0c1b7d2e_shown-this-once"},
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        refuse_parameters(request)
        if "Idempotency-Key" in request.headers:
            raise BadRequestError("The text of a token is kept nowhere, so this cannot be answered twice: send no key.")
        body, person = NEW.read(request), person_of(request)
        token, text = make_token(by=person, owner=person, **body)
        headers = {"Location": reverse("api:token", args=(token.public_id,)), "Cache-Control": "no-store"}
        return Response({**shown(token), "token": text}, status=201, headers=headers)


class OneToken(ApiView):
    """`GET` and `DELETE /tokens/{id}`."""

    scopes: ClassVar[dict[str, str]] = {"GET": PERSON, "DELETE": PERSON}

    @extend_schema(
        operation_id="get_token",
        summary="One token",
        tags=["tokens"],
        auth=SIGNED_IN,
        parameters=[ID],
        responses={200: TokenShape, **FINDING},
        examples=[OpenApiExample("A token", response_only=True, value=EXAMPLE)],
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002 - the name that the address has for callers
        refuse_parameters(request)
        return Response(shown(find_token_of(request, id)), headers={"Cache-Control": "no-store"})

    @extend_schema(
        operation_id="revoke_token",
        summary="Revoke a token, at once and for good",
        tags=["tokens"],
        auth=SIGNED_IN,
        parameters=[ID],
        responses={204: OpenApiResponse(description="It is revoked, now or before."), **FINDING},
    )
    def delete(self, request: Request, id: str) -> Response:  # noqa: A002
        refuse_parameters(request)
        token = find_token_of(request, id)
        if token.revoked_at is None:
            revoke_token(token, by=person_of(request))
        return Response(status=204)


class TokenUsage(ApiView):
    """`GET /tokens/{id}/usage`."""

    scopes: ClassVar[dict[str, str]] = {"GET": PERSON}

    @extend_schema(
        operation_id="get_token_usage",
        summary="What a token has read",
        tags=["tokens"],
        auth=SIGNED_IN,
        parameters=[ID, DAYS],
        responses={200: UsageShape, **FINDING},
        examples=[OpenApiExample("Usage", response_only=True, value=USAGE)],
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        query = read_query(request, ("days",))
        days = query.number("days", default=30, least=1, most=YEAR)
        query.check()
        token = find_token_of(request, id)
        # What other processes have not saved yet is missing.
        counter.flush()
        usage = usage_of(token, days=days)
        body = {
            "token": token.public_id,
            "since": usage.since,
            "reads": usage.reads,
            "objects": [{"object": name, "reads": reads} for name, reads in usage.objects],
            "days": [{"day": day, "reads": reads} for day, reads in usage.days],
        }
        return Response(body, headers={"Cache-Control": "no-store"})


def tokens_of(request: Request, *, everybody: bool) -> "QuerySet[Token]":
    tokens = Token.objects.select_related("owner")
    return tokens if everybody else tokens.filter(owner_id=person_of(request).pk)


def find_token_of(request: Request, public_id: str) -> Token:
    """A token that the caller may look at. Raises NotFound, also for those of others."""
    tokens = tokens_of(request, everybody=may_see_all_tokens(request.user))
    token = tokens.filter(public_id=public_id).first()
    if token is None:
        raise NotFound("You have no token with this id.")
    return token


def shown(token: Token) -> dict[str, Any]:
    return {
        "id": token.public_id,
        "name": token.name,
        "owner": token.owner.get_username(),
        "scopes": token.scopes,
        "provider_types": token.provider_types,
        "state": state_of(token),
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "revoked_at": token.revoked_at,
    }
