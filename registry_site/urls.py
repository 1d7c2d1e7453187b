"""Every address of the web process."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import RedirectView


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", include("catalog.admin.urls")),
    path("admin/", admin.site.urls),
    path("registry/", include("catalog.api.urls")),
    path("healthz", healthz),
]
