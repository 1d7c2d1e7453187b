"""Pages of services that belong to no model of the admin: `service-pages:<name>` under `/admin/`."""

from django.urls import URLPattern, URLResolver, path

from catalog.admin.pages import guarded
from deployments.actions.services.teams import VIEW
from deployments.admin.backends.page import backends_page, upgrade_page
from deployments.admin.hooks.page import hooks_page
from deployments.admin.usage.page import usage_page

app_name = "service-pages"
SERVICE = "services/<uuid:pk>"
urlpatterns: list[URLPattern | URLResolver] = [
    path("services/backends/", guarded(backends_page, VIEW), name="backends"),
    path("services/backends/<slug:kind>/<str:spec>/to/<str:to>/", guarded(upgrade_page, VIEW), name="upgrade"),
    path("services/usage/", guarded(usage_page, VIEW), name="usage"),
    path(f"{SERVICE}/hooks/", guarded(hooks_page, VIEW), name="service-hooks"),
]
