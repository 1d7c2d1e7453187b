"""Pages of services that belong to no model of the admin: `service-pages:<name>` under `/admin/`."""

from django.urls import URLPattern, URLResolver, path

from catalog.admin.pages import guarded
from deployments.actions.services.teams import VIEW
from deployments.admin.deployments.list import deployments_page
from deployments.admin.deployments.page import deployment_page, deployment_state_page
from deployments.admin.deployments.text import log_text_page
from deployments.admin.services.list import services_page
from deployments.admin.services.page import service_page

app_name = "service-pages"
SERVICE, DEPLOYMENT = "services/<uuid:pk>", "deployments/<uuid:pk>"
urlpatterns: list[URLPattern | URLResolver] = [
    path("services/", guarded(services_page, VIEW), name="services"),
    path(f"{SERVICE}/", guarded(service_page, VIEW), name="service"),
    path("deployments/", guarded(deployments_page, VIEW), name="deployments"),
    path(f"{DEPLOYMENT}/", guarded(deployment_page, VIEW), name="deployment"),
    path(f"{DEPLOYMENT}/state/", guarded(deployment_state_page, VIEW), name="deployment-state"),
    path(f"{DEPLOYMENT}/log.txt", guarded(log_text_page, VIEW), name="deployment-log"),
]
