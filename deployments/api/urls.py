"""Addresses of services for programs, below `/api/v1/`: `reverse("services:<name>")`."""

from django.urls import URLPattern, URLResolver

app_name = "services"
urlpatterns: list[URLPattern | URLResolver] = []
