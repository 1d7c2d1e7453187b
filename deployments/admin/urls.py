"""Pages of services that belong to no model of the admin: `service-pages:<name>` under `/admin/`."""

from django.urls import URLPattern, URLResolver, path

from catalog.admin.pages import guarded
from deployments.actions.services.teams import ADD, CHANGE, REMOVE, VIEW
from deployments.admin.backends.page import backends_page, upgrade_page
from deployments.admin.deployments.list import deployments_page
from deployments.admin.deployments.page import deployment_page, deployment_state_page
from deployments.admin.deployments.text import log_text_page
from deployments.admin.hooks.page import hooks_page
from deployments.admin.services.edit import edit_page
from deployments.admin.services.history import history_page, restore_page
from deployments.admin.services.list import services_page
from deployments.admin.services.new import new_page
from deployments.admin.services.page import service_page
from deployments.admin.services.removing import remove_page
from deployments.admin.services.secrets import secrets_page
from deployments.admin.services.suggesting import suggestion_page
from deployments.admin.usage.page import usage_page

app_name = "service-pages"
SERVICE, DEPLOYMENT = "services/<uuid:pk>", "deployments/<uuid:pk>"
urlpatterns: list[URLPattern | URLResolver] = [
    path("services/", guarded(services_page, VIEW), name="services"),
    path("services/backends/", guarded(backends_page, VIEW), name="backends"),
    path("services/backends/<slug:kind>/<str:spec>/to/<str:to>/", guarded(upgrade_page, VIEW), name="upgrade"),
    path("services/usage/", guarded(usage_page, VIEW), name="usage"),
    path("services/new/", guarded(new_page, VIEW, ADD), name="service-new"),
    path("services/suggestions/<uuid:look>/", guarded(suggestion_page, VIEW), name="suggestion"),
    path(f"{SERVICE}/", guarded(service_page, VIEW), name="service"),
    path(f"{SERVICE}/edit/", guarded(edit_page, VIEW, CHANGE), name="service-edit"),
    path(f"{SERVICE}/history/", guarded(history_page, VIEW), name="service-history"),
    path(f"{SERVICE}/history/<int:number>/restore/", guarded(restore_page, VIEW, CHANGE), name="service-restore"),
    path(f"{SERVICE}/secrets/", guarded(secrets_page, VIEW, CHANGE), name="service-secrets"),
    path(f"{SERVICE}/hooks/", guarded(hooks_page, VIEW), name="service-hooks"),
    path(f"{SERVICE}/remove/", guarded(remove_page, VIEW, REMOVE), name="service-remove"),
    path("deployments/", guarded(deployments_page, VIEW), name="deployments"),
    path(f"{DEPLOYMENT}/", guarded(deployment_page, VIEW), name="deployment"),
    path(f"{DEPLOYMENT}/state/", guarded(deployment_state_page, VIEW), name="deployment-state"),
    path(f"{DEPLOYMENT}/log.txt", guarded(log_text_page, VIEW), name="deployment-log"),
]
