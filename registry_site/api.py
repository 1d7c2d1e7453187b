"""Habits of every endpoint: errors have one shape.

Reference: RFC 9457 (problem details for HTTP APIs).
"""

from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import UnreadablePostError
from rest_framework.exceptions import APIException, ErrorDetail, ParseError, Throttled
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

from registry_site.problems import NOT_UNDERSTOOD, PROBLEM_TYPE, WORDS, TooLargeError, problem


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """`{"type", "title", "status", "detail", "errors"}` as application/problem+json; None for what is no API error.

    `errors` is a list of `{"path": JSON Pointer, "code": stable word, "message"}`. An error may have `headers`,
    `errors` and `members` (more members of the problem) of its own.
    """
    error = _as_api_error(error)
    response = exception_handler(error, context)
    if response is None:
        return None
    for name, value in getattr(error, "headers", {}).items():
        response[name] = value
    response.data = problem(
        response.status_code,
        # Http404 and PermissionDenied of Django carry words for developers.
        _detail_of(error) or WORDS.get(response.status_code, ""),
        errors=getattr(error, "errors", None) or _listed(getattr(error, "detail", "")),
        **getattr(error, "members", {}),
    )
    response.content_type = PROBLEM_TYPE
    # A problem is JSON, whatever the view renders or the caller would have liked.
    if context.get("request") is not None:
        context["request"].accepted_renderer = JSONRenderer()
        context["request"].accepted_media_type = JSONRenderer.media_type
    return response


def _as_api_error(error: Exception) -> Exception:
    """What Django raises while it reads a request, in the words of the API."""
    if isinstance(error, RequestDataTooBig):
        return TooLargeError()
    if isinstance(error, UnreadablePostError):
        return ParseError("The body ended before all of it was read.")
    if isinstance(error, SuspiciousOperation):
        return ParseError(NOT_UNDERSTOOD)
    return error


def _detail_of(error: Exception) -> str:
    if isinstance(error, Throttled):
        return "Too many requests: wait as many seconds as Retry-After says."
    detail = getattr(error, "detail", None)
    if isinstance(detail, dict):
        detail = detail.get("detail")
    if isinstance(detail, list) or (detail is None and isinstance(error, APIException)):
        return "What was sent is not valid."
    return str(detail) if detail is not None else ""


def _listed(detail: Any, path: str = "") -> list[dict[str, str]]:
    """A serializer's errors, flat; nothing for a plain text."""
    if isinstance(detail, list):
        found = []
        for position, part in enumerate(detail):
            here = isinstance(part, ErrorDetail)
            found += [_said(part, path)] if here else _listed(part, f"{path}/{position}")
        return found
    if not isinstance(detail, dict):
        return []
    listed = []
    for name, part in detail.items():
        if isinstance(part, ErrorDetail):
            listed += [] if name == "detail" else [_said(part, f"{path}/{_escaped(name)}")]
        else:
            listed += _listed(part, path if name == api_settings.NON_FIELD_ERRORS_KEY else f"{path}/{_escaped(name)}")
    return listed


def _said(part: ErrorDetail, path: str) -> dict[str, str]:
    return {"path": path, "code": str(part.code), "message": str(part)}


def _escaped(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
