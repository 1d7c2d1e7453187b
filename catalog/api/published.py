"""Serves the published tree out of a folder, as the CDN would: same headers, ETags and real 404s."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from catalog.publishing.stores.base import StoredFile, StoreError, check_path
from catalog.publishing.stores.configured import open_store
from catalog.publishing.tree import FALLBACK_PATH, cache_control_of, content_type_of, render_fallback


@csrf_exempt  # whoever writes is told that this is the wrong method, not that a token is missing
@require_safe
def published_file(request: HttpRequest, path: str) -> HttpResponseBase:
    """One file; 304 for a fresh copy, 404 with the body of `fallback.json`. A bucket is read at its public address."""
    if settings.REGISTRY_STORE.bucket:
        return _open_to_all(HttpResponseRedirect(f"{settings.REGISTRY_PUBLIC_URL}/{path}"))
    try:
        cache_control = cache_control_of(check_path(path))
    except (StoreError, KeyError):
        return _missing()
    # A folder that cannot be read is a 500: a CDN then goes on with what it has, which a 404 would replace.
    stored = open_store().get(path)
    return _answer(request, path, stored, cache_control) if stored else _missing()


def _answer(request: HttpRequest, path: str, stored: StoredFile, cache_control: str) -> HttpResponseBase:
    response = HttpResponse(stored.content, content_type=content_type_of(path))
    response["ETag"] = f'"{stored.etag}"'
    answer = get_conditional_response(request, etag=response["ETag"], response=response) or response
    answer["Cache-Control"] = cache_control
    return _open_to_all(answer)


def _missing() -> HttpResponseBase:
    stored = open_store().get(FALLBACK_PATH)
    content = stored.content if stored else render_fallback(settings.REGISTRY_PUBLIC_URL).content
    response = HttpResponse(content, status=404, content_type="application/json")
    response["Cache-Control"] = cache_control_of(FALLBACK_PATH)
    return _open_to_all(response)


def _open_to_all(response: HttpResponseBase) -> HttpResponseBase:
    """Pages of any site may read it; a browser asks for this on a redirect too."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "ETag"
    return response
