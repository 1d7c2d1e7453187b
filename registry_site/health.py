"""What load balancers ask: does this process answer? They call by address, so this comes before hosts are checked."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]


def healthz(get_response: GetResponse) -> Callable[[HttpRequest], HttpResponse]:
    """Answers /healthz by itself: database, broker and store are not asked."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        return get_response(request)

    return middleware
