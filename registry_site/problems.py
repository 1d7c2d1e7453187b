"""What goes wrong below `/api/`, as one shape. Imports no views: the framework reads this while it loads.

Reference: RFC 9457 (problem details for HTTP APIs).
"""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import APIException

from registry_site.intake import MAX_BODY_BYTES, PREFIX

PROBLEM_TYPE = "application/problem+json"


def too_large(most: int) -> str:
    return f"A request may have up to {most:,} bytes."


TOO_LARGE = too_large(MAX_BODY_BYTES)
NOT_UNDERSTOOD = "The request is not well formed."
WORDS = {
    400: NOT_UNDERSTOOD,
    403: "You may not do this.",
    404: "There is nothing at this address; /api/v1/openapi.json lists what there is.",
    413: TOO_LARGE,
    500: "Something went wrong here; the log has the details under this request id.",
}
# Of what is said to a caller, so that nobody gets back a megabyte that they sent.
MAX_DETAIL = 1000
GetResponse = Callable[[HttpRequest], HttpResponse]


class TooLargeError(APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = TOO_LARGE
    default_code = "too_large"


def problem(status: int, detail: str = "", *, errors: Any = None, **members: Any) -> dict[str, Any]:
    """The members of a problem; `title` is the name of the status."""
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if detail:
        shown = detail if len(detail) <= MAX_DETAIL else f"{detail[: MAX_DETAIL - 1]}…"
        # Half a surrogate pair cannot be sent.
        body["detail"] = shown.encode("utf-8", "replace").decode()
    if errors:
        body["errors"] = errors
    return {**body, **members}


def write_problem(response: HttpResponse, status: int, detail: str, **members: Any) -> HttpResponse:
    """Turn any answer into a problem; its headers stay."""
    response.status_code = status
    response.content = json.dumps(problem(status, detail, **members), ensure_ascii=False).encode()
    response.headers["Content-Type"] = PROBLEM_TYPE
    response.headers["Content-Length"] = str(len(response.content))
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def is_program(request: HttpRequest) -> bool:
    """Whether a program asks, which is told in JSON what is wrong; people get pages."""
    return request.path_info.startswith(PREFIX) or request.path_info == PREFIX.rstrip("/")


def problems_only(get_response: GetResponse) -> GetResponse:
    """Middleware: whatever else refuses or fails below `/api/` is a problem too, also with DJANGO_DEBUG.

    Django's pages (unknown hosts, failures) may show settings, code and SQL; of them only status and headers are kept.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code < HTTPStatus.BAD_REQUEST or not is_program(request):
            return response
        if response.headers.get("Content-Type") == PROBLEM_TYPE:
            response.headers.setdefault("Cache-Control", "no-store")
            return response
        members = {}
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            members["request_id"] = request.META.get("REGISTRY_REQUEST_ID", "")
        return write_problem(response, response.status_code, WORDS.get(response.status_code, ""), **members)

    return middleware
