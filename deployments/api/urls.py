"""Addresses of services for programs, below `/api/v1/`: `reverse("services:<name>")`."""

from django.urls import URLPattern, URLResolver

from deployments.api.hooks.routes import hook_routes
from deployments.api.logs.routes import log_routes
from deployments.api.uploads.routes import upload_routes
from deployments.api.usage.routes import usage_routes

app_name = "services"
urlpatterns: list[URLPattern | URLResolver] = [
    *log_routes,
    *upload_routes,
    *hook_routes,
    *usage_routes,
]
