"""Every address of the web process."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from catalog.api.missing import MissingView
from catalog.api.published import published_file

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", include("catalog.admin.urls")),
    path("admin/", include("deployments.admin.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("deployments.api.urls")),
    path("api/v1/", include("catalog.api.urls")),
    re_path("^api(/|$)", MissingView.as_view()),
    path("registry/<path:path>", published_file, name="published-file"),
]
handler403 = "catalog.admin.people.refusals.refused_page"
