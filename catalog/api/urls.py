"""Addresses of the catalogue for programs, below `/api/v1/`: `reverse("api:<name>")`."""

from django.urls import URLPattern, URLResolver

from catalog.api.access.routes import access_routes
from catalog.api.configs.routes import config_routes
from catalog.api.operations.routes import operations_routes
from catalog.api.read.routes import read_routes
from catalog.api.schemas.routes import schema_routes
from catalog.api.search.routes import search_routes
from catalog.api.write.routes import write_routes

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    *access_routes,
    *operations_routes,
    # Lists, entries and snapshots are read at the addresses where they are changed.
    *write_routes,
    *read_routes,
    *search_routes,
    *config_routes,
    *schema_routes,
]
