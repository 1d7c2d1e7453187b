"""Middleware: a form that is larger than the web process reads gets an answer in the admin's frame, not a bare 400."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from catalog.admin.pages import render_page

GetResponse = Callable[[HttpRequest], HttpResponse]


def refuse_large_forms(get_response: GetResponse) -> GetResponse:
    """Stands behind the one that knows who asks; whoever may not use the admin gets Django's own answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method == "POST" and request.path.startswith(reverse("admin:index")) and request.user.is_staff:
            try:
                len(request.POST)
            except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
                return _refused_page(request)
        return get_response(request)

    return middleware


def _refused_page(request: HttpRequest) -> HttpResponse:
    megabytes = (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) / 1_048_576
    page = render_page(
        request,
        "too_large.html",
        title="That was too much at once",
        megabytes=f"{megabytes:g}",
        status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    )
    return page.render()
