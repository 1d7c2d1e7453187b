"""Habits of every endpoint: one error shape.

Reference: RFC 9457 (problem details for HTTP APIs).
"""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """`{"type", "title", "status", "detail", "errors"}` as application/problem+json; None for what is no API error."""
    response = exception_handler(error, context)
    if response is None:
        return None
    given = response.data
    detail = given.pop("detail", None) if isinstance(given, dict) else None
    given = getattr(error, "errors", None) or given
    for name, value in getattr(error, "headers", {}).items():
        response[name] = value
    body = {"type": "about:blank", "title": response.status_text, "status": response.status_code}
    if detail is not None:
        body["detail"] = str(detail)
    if given:
        body["errors"] = given
    response.data = body
    response.content_type = "application/problem+json"
    return response
