"""What every answer of the web process has: a request id, who may read it, and what its page may load.

And what no request to the API has: a body that is too large.
"""

import re
import uuid
from collections.abc import Callable
from http import HTTPStatus
from ipaddress import ip_address

from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bound_contextvars

from registry_site.intake import OVERFLOW, length_of, most_bytes
from registry_site.problems import NOT_UNDERSTOOD, is_program, too_large, write_problem

GetResponse = Callable[[HttpRequest], HttpResponse]
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
STRICT_POLICY = "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
# The admin theme evaluates expressions in attributes (Alpine.js) and sets styles there.
ADMIN_POLICY = (
    STRICT_POLICY
    + "; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
)
READS_FROM_ANYWHERE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-ID",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "Authorization, If-None-Match, If-Modified-Since, X-Request-ID",
    "Access-Control-Max-Age": "86400",
}


def request_id(get_response: GetResponse) -> Callable[[HttpRequest], HttpResponse]:
    """Takes the caller's `X-Request-ID` if it is a plain word of 8 to 64 characters, else makes one.

    While the request runs, structlog's context holds `request_id` and the caller's `address`, for logs and audit.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request.META["REGISTRY_REQUEST_ID"] = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        with bound_contextvars(request_id=request.META["REGISTRY_REQUEST_ID"], address=address_of(request)):
            response = get_response(request)
        response["X-Request-ID"] = request.META["REGISTRY_REQUEST_ID"]
        return response

    return middleware


def address_of(request: HttpRequest) -> str | None:
    """The IP address that the connection comes from; None if the server knows none (a Unix socket).

    Forwarding headers are not looked at: the ASGI server replaces the address if it is told to trust a proxy.
    """
    try:
        return str(ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return None


def content_security_policy(get_response: GetResponse) -> Callable[[HttpRequest], HttpResponse]:
    """Nothing is loaded from other hosts; the admin's own pages may do what its theme needs."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_admin = request.path.startswith("/admin/")
        response.headers.setdefault("Content-Security-Policy", ADMIN_POLICY if is_admin else STRICT_POLICY)
        return response

    return middleware


def cross_origin_reads(get_response: GetResponse) -> Callable[[HttpRequest], HttpResponse]:
    """Pages of any site may read the API, without cookies; nothing else of it may be done from there.

    Reference: the Fetch standard (CORS protocol). `*` never goes with credentials.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/api/"):
            return get_response(request)
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return HttpResponse(status=204, headers=READS_FROM_ANYWHERE | PREFLIGHT)
        response = get_response(request)
        if request.method in ("GET", "HEAD"):
            for name, value in READS_FROM_ANYWHERE.items():
                response.headers[name] = value
        return response

    return middleware


def limit_bodies(get_response: GetResponse) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: 413 for a body that is too large, 400 for a length that is no number."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not is_program(request):
            return get_response(request)
        length = length_of(str(request.META.get("CONTENT_LENGTH") or "0"))
        if length < 0:
            return write_problem(HttpResponse(), HTTPStatus.BAD_REQUEST, NOT_UNDERSTOOD)
        most = most_bytes(request.method, request.path_info)
        if length > most or OVERFLOW in getattr(request, "scope", {}):
            refusal = write_problem(HttpResponse(), HTTPStatus.REQUEST_ENTITY_TOO_LARGE, too_large(most))
            refusal.headers["Connection"] = "close"
            return refusal
        if "CONTENT_LENGTH" not in request.META and "HTTP_TRANSFER_ENCODING" in request.META:
            # The framework takes a body without a length for none.
            request.META["CONTENT_LENGTH"] = str(len(request.body))
        return get_response(request)

    return middleware
