"""What operators' tools ask: they call by address, so this comes before hosts are checked."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from catalog.api.operations.metrics import metrics
from catalog.api.operations.ready import readyz

View = Callable[[HttpRequest], HttpResponse]
VIEWS: dict[str, View] = {"/readyz": readyz, "/metrics": metrics}


def probes(get_response: View) -> View:
    """Middleware: answers `/readyz` and `/metrics` by itself."""

    def middleware(request: HttpRequest) -> HttpResponse:
        view = VIEWS.get(request.path)
        if view is None:
            return get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return view(request)

    return middleware
