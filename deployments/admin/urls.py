"""Pages of services that belong to no model of the admin: `service-pages:<name>` under `/admin/`."""

from django.urls import URLPattern, URLResolver, path

from catalog.admin.pages import guarded
from deployments.actions.services.teams import VIEW
from deployments.admin.hooks.page import hooks_page

app_name = "service-pages"
SERVICE = "services/<uuid:pk>"
urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{SERVICE}/hooks/", guarded(hooks_page, VIEW), name="service-hooks"),
]
