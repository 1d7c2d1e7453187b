"""Addresses of services for programs, below `/api/v1/`: `reverse("services:<name>")`."""

from django.urls import URLPattern, URLResolver

from deployments.api.logs.routes import log_routes

app_name = "services"
urlpatterns: list[URLPattern | URLResolver] = [*log_routes]
