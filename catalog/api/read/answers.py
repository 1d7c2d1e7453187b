"""Answers made of bytes that need no rendering, with what lets clients and caches keep them.

Reference: RFC 9110 (ETag, conditional requests), RFC 9111 (caching).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from rest_framework.request import Request

from catalog.api.base import PUBLIC, ApiView, HasScope, holds_scope
from catalog.api.problems import ProblemError
from catalog.documents.canonical import sha256_hex

# As long as the published pointer: nobody who reads here sees a publish later than who reads there.
LIVE_CACHE = "max-age=15, stale-while-revalidate=30"
FOREVER_CACHE = "max-age=31536000, immutable"
NOT_KEPT = "private, no-store"
# Part of the ETag of every list. Raise it when the same documents are rendered as other bytes.
FORMAT = "1"


class PreconditionError(ProblemError):
    status_code = 412
    default_code = "precondition_failed"


@dataclass(frozen=True, slots=True)
class Freshness:
    """What identifies an answer (`etag`, without quotes), since when it is so, and who may keep it how long."""

    etag: str
    modified_at: datetime | None = None
    cache: str = LIVE_CACHE


class ReadView(ApiView):
    """A view that only reads, for everybody unless the settings want a token."""

    scopes: ClassVar[dict[str, str]] = {"GET": PUBLIC}

    def need_scope(self, request: Request, scope: str = "entries:read") -> None:
        """Raises NotAuthenticated or PermissionDenied for who may not see what is not live."""
        if not holds_scope(request, scope):
            self.permission_denied(request, message=HasScope.message)


def etag_of(*parts: str) -> str:
    """An ETag for what `parts` determine."""
    return sha256_hex("\n".join((FORMAT, *parts)).encode())[:32]


def not_modified(request: Request, freshness: Freshness) -> HttpResponse | None:
    """304 if the caller has it already, None if it must be sent. Raises PreconditionError for a failed `If-Match`."""
    modified_at = int(freshness.modified_at.timestamp()) if freshness.modified_at else None
    answer: Any = get_conditional_response(
        request._request,  # noqa: SLF001 - the framework's own name for what it wraps
        etag=f'"{freshness.etag}"',
        last_modified=modified_at,
    )
    if answer is None:
        return None
    if answer.status_code == 412:
        raise PreconditionError("It is not what If-Match or If-Unmodified-Since names.")
    return _with_headers(answer, freshness)


def answer_with(
    request: Request, content: str | bytes, *, freshness: Freshness, content_type: str = "application/json"
) -> HttpResponse:
    """These bytes, or 304."""
    answer = not_modified(request, freshness)
    return answer or _with_headers(HttpResponse(content, content_type=content_type), freshness)


def _with_headers(answer: HttpResponse, freshness: Freshness) -> HttpResponse:
    answer["ETag"] = f'"{freshness.etag}"'
    answer["Vary"] = "Authorization, Cookie"
    if freshness.modified_at:
        answer["Last-Modified"] = http_date(freshness.modified_at.timestamp())
    is_kept = freshness.cache != NOT_KEPT
    answer["Cache-Control"] = (
        f"{'public' if settings.REGISTRY_API_PUBLIC else 'private'}, {freshness.cache}" if is_kept else NOT_KEPT
    )
    return answer
