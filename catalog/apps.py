"""App configuration of the catalogue."""

from django.apps import AppConfig

# Importing registers them; it reads no models.
from catalog import checks

__all__ = ["CatalogConfig", "checks"]


class CatalogConfig(AppConfig):
    name = "catalog"
