"""Addresses of the catalogue for programs, below `/api/v1/`: `reverse("api:<name>")`."""

from django.urls import URLPattern, URLResolver

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = []
