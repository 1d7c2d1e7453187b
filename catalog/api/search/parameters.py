"""The parameters of a search: read, checked all at once, and echoed as they were asked."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.signing import BadSignature, Signer
from rest_framework.request import Request

from catalog.api.read.parameters import Query as Parameters
from catalog.api.read.parameters import read_query, shown
from catalog.models.choices import Complexity, ProviderType
from catalog.models.fields import normalise_tag
from catalog.models.validators import MAX_MONEY, TAG_PATTERN
from catalog.search.query import FACETS, LIFECYCLES, ORDERS, RELEVANCE, TAG_KINDS, Filters, Position, Query

MAX_TEXT_LENGTH = 200
MAX_TAG_LENGTH = 64
MAX_TAGS = 10
# In the order in which an answer echoes them.
ASKED = ("q", "provider_type", "feature", "max_cost", "complexity", "ssg_engine", "target_market", "lifecycle")
ALLOWED = (*ASKED, "facets", "ordering", "cursor", "limit")
ORDERINGS = (RELEVANCE, *(sign + order for order in ORDERS if order != RELEVANCE for sign in ("", "-")))


def read_search(request: Request) -> Query:
    """Raises BadRequestError that lists every mistake."""
    given = dict(request.query_params.lists())
    parameters = read_query(request, ALLOWED, repeatable=tuple(TAG_KINDS))
    filters = Filters(
        text=_text(parameters),
        provider_type=parameters.choice("provider_type", ProviderType.values),
        complexity=parameters.choice("complexity", Complexity.values),
        lifecycle=parameters.choice("lifecycle", LIFECYCLES),
        max_cost=_max_cost(parameters),
        tags=_tags(parameters, given),
    )
    facets = parameters.members("facets", FACETS)
    ordering = parameters.choice("ordering", ORDERINGS, default=RELEVANCE)
    limit = parameters.limit()
    parameters.check()
    order, is_descending = ordering.removeprefix("-"), ordering.startswith("-")
    after = _read_cursor(parameters, filters, ordering)
    parameters.check()
    return Query(filters, facets, order, is_descending, limit, after)


def write_cursor(position: Position, query: Query) -> str:
    """Signed, so that only what was given out for this search comes back."""
    ordering = f"-{query.order}" if query.is_descending else query.order
    return _signer(query.filters, ordering).sign_object(list(position))


def echoed(request: Request, query: Query) -> dict[str, Any]:
    """What was asked, None for what was not; a parameter that was repeated as a list."""
    given = dict(request.query_params.lists())
    texts: dict[str, Any] = {name: _one_or_all(given.get(name, [])) for name in ASKED}
    return texts | {"max_cost": query.filters.max_cost}


def _one_or_all(values: Sequence[str]) -> str | list[str] | None:
    return (list(values) if len(values) > 1 else values[0] or None) if values else None


def _text(parameters: Parameters) -> str:
    text = parameters.values.get("q", "")
    if len(text) > MAX_TEXT_LENGTH:
        parameters.refuse("q", "too_long", f"q has {len(text):,} characters; {MAX_TEXT_LENGTH} are allowed.")
    return text


def _max_cost(parameters: Parameters) -> int | None:
    if "max_cost" not in parameters.values:
        return None
    return parameters.number("max_cost", default=0, least=0, most=MAX_MONEY - 1)


def _tags(parameters: Parameters, given: Mapping[str, Sequence[str]]) -> tuple[tuple[str, str], ...]:
    tags = []
    for name, kind in TAG_KINDS.items():
        names = given.get(name, ())
        if len(names) > MAX_TAGS:
            parameters.refuse(name, "too_many", f"{name} is given {len(names)} times; {MAX_TAGS} are allowed.")
        for tag in names[:MAX_TAGS]:
            if len(tag) > MAX_TAG_LENGTH or not re.fullmatch(TAG_PATTERN, tag):
                parameters.refuse(name, "tag", _no_tag(tag))
            tags.append((kind.value, tag))
    return tuple(dict.fromkeys(tags))


def _no_tag(tag: str) -> str:
    meant = normalise_tag(tag[:MAX_TAG_LENGTH])
    advice = f"; did you mean {meant}?" if re.fullmatch(TAG_PATTERN, meant) else "."
    return f"{shown(tag)} is no word of small letters and digits joined by underscores{advice}"


def _read_cursor(parameters: Parameters, filters: Filters, ordering: str) -> Position | None:
    text = parameters.values.get("cursor")
    if text is None:
        return None
    try:
        value, key = _signer(filters, ordering).unsign_object(text)
    except (BadSignature, ValueError, UnicodeError):
        parameters.refuse("cursor", "cursor", "This is no cursor of this search; take next of its last answer.")
        return None
    return Position(value, key)


def _signer(filters: Filters, ordering: str) -> Signer:
    digest = hashlib.sha256(f"{filters}{ordering}".encode()).hexdigest()
    return Signer(salt=f"cursor of the search {digest}")
