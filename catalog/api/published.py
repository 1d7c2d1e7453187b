"""Serves the published tree out of a folder, as the CDN would: same headers, ETags and real 404s."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from catalog.publishing.stores.base import StoredFile, StoreError
from catalog.publishing.stores.configured import open_store
from catalog.publishing.tree import FALLBACK_PATH, cache_control_of, content_type_of, render_fallback


@require_safe
def published_file(request: HttpRequest, path: str) -> HttpResponseBase:
    """One file; 304 for a fresh copy, 404 with the body of `fallback.json`. A bucket is read at its public address."""
    if settings.REGISTRY_STORE.bucket:
        return HttpResponseRedirect(f"{settings.REGISTRY_PUBLIC_URL}/{path}")
    try:
        stored = open_store().get(path)
        cache_control = cache_control_of(path)
    except (StoreError, KeyError):
        stored = None
    if stored is None:
        return _headers(HttpResponse(_fallback(), status=404, content_type="application/json"), FALLBACK_PATH)
    return _answer(request, path, stored, cache_control)


def _answer(request: HttpRequest, path: str, stored: StoredFile, cache_control: str) -> HttpResponseBase:
    response = HttpResponse(stored.content, content_type=content_type_of(path))
    response["ETag"] = f'"{stored.etag}"'
    response["Cache-Control"] = cache_control
    return _headers(get_conditional_response(request, etag=response["ETag"], response=response) or response, path)


def _headers(response: HttpResponseBase, path: str) -> HttpResponseBase:
    response.headers.setdefault("Cache-Control", cache_control_of(path))
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "ETag"
    return response


def _fallback() -> bytes:
    stored = open_store().get(FALLBACK_PATH)
    return stored.content if stored else render_fallback(settings.REGISTRY_PUBLIC_URL).content
