"""Every address of the web process."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", include("catalog.admin.urls")),
    path("admin/", admin.site.urls),
    path("registry/", include("catalog.api.urls")),
]
handler403 = "catalog.admin.people.refusals.refused_page"
