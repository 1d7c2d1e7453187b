"""Pages of services that belong to no model of the admin: `service-pages:<name>` under `/admin/`."""

from django.urls import URLPattern, URLResolver

app_name = "service-pages"
urlpatterns: list[URLPattern | URLResolver] = []
