"""App configuration of the catalogue."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CatalogConfig(AppConfig):
    name = "catalog"

    def ready(self) -> None:
        autodiscover_modules("checks")
        # Its receivers connect themselves when it is imported, which needs the models.
        import_module("catalog.actions.audit")
