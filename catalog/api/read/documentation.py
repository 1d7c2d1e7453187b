"""The API's description (OpenAPI 3.1), and two pages that show it. They load nothing that does not come from here."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from catalog.api.base import OPEN, ApiView
from catalog.api.read.answers import Freshness, answer_with, etag_of
from registry_site.middleware import STRICT_POLICY

DESCRIPTION_CACHE = "max-age=300"
# Both pages make their styles as they go, and draw small pictures from the text of their scripts.
PAGE_POLICY = f"{STRICT_POLICY}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; worker-src 'self' blob:"
REDOC = "drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js"
# The one thing that Redoc would load from elsewhere: a picture of its makers, left out if it is not found.
REDOC_LOGO = b"https://cdn.redoc.ly/redoc/logo-mini.svg"


class AnyType(BaseContentNegotiation):
    """Whatever is asked for: these addresses have one form each."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return JSONRenderer(), JSONRenderer.media_type


class DocumentationView(ApiView):
    """Open to everybody, whatever the settings say about reading."""

    scopes: ClassVar[dict[str, str]] = {"GET": OPEN}
    content_negotiation_class = AnyType


@extend_schema(exclude=True)
class OpenApiView(DocumentationView):
    """`/openapi.json`, made once for each process."""

    def get(self, request: Request) -> HttpResponse:
        content = describe_api()
        return answer_with(request, content, freshness=Freshness(etag_of(content.decode()), cache=DESCRIPTION_CACHE))


@extend_schema(exclude=True)
class RedocScriptView(DocumentationView):
    """Redoc, without what it would load from elsewhere."""

    def get(self, request: Request) -> HttpResponse:
        content, etag = read_redoc()
        freshness = Freshness(etag, cache=DESCRIPTION_CACHE)
        return answer_with(request, content, freshness=freshness, content_type="text/javascript; charset=utf-8")


@extend_schema(exclude=True)
class PageView(DocumentationView):
    """A page for people: signed in, they try requests as themselves."""

    template: ClassVar[str]

    def get(self, request: Request) -> HttpResponse:
        is_known = request.user.is_authenticated
        here = urlencode({"next": request.path})
        context = {
            "person": request.user.get_username() if is_known else "",
            "csrf_token_of_page": get_token(request._request) if is_known else "",  # noqa: SLF001
            "sign_in": f"{reverse('admin:login')}?{here}",
        }
        page = render(request._request, self.template, context)  # noqa: SLF001 - it renders Django's own requests
        page["Content-Security-Policy"] = PAGE_POLICY
        page["Cache-Control"] = "private, no-store"
        return page


class SwaggerView(PageView):
    template = "api/swagger.html"


class RedocView(PageView):
    template = "api/redoc.html"


@lru_cache(maxsize=1)
def describe_api() -> bytes:
    """OpenAPI 3.1 as JSON. It takes about a second, once."""
    described = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return json.dumps(described, ensure_ascii=False, separators=(",", ":"), default=str).encode()


@lru_cache(maxsize=1)
def read_redoc() -> tuple[bytes, str]:
    """The script and its ETag."""
    path = finders.find(REDOC)
    if not path:
        raise FileNotFoundError(REDOC)
    content = Path(path).read_bytes().replace(REDOC_LOGO, b"data:,")
    return content, etag_of(content.decode())
