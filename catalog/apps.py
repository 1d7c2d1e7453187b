"""App configuration of the catalogue."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CatalogConfig(AppConfig):
    name = "catalog"

    def ready(self) -> None:
        autodiscover_modules("checks")
