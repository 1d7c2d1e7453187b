"""Addresses of services for programs, below `/api/v1/`: `reverse("services:<name>")`."""

from django.urls import URLPattern, URLResolver

from deployments.api.deployments.routes import deployment_routes
from deployments.api.logs.routes import log_routes
from deployments.api.services.routes import service_routes
from deployments.api.targets.routes import target_routes
from deployments.api.uploads.routes import upload_routes

app_name = "services"
urlpatterns: list[URLPattern | URLResolver] = [
    *service_routes,
    *deployment_routes,
    *log_routes,
    *target_routes,
    *upload_routes,
]
