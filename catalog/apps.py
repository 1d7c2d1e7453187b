"""App configuration of the catalogue."""

from importlib import import_module

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class CatalogConfig(AppConfig):
    name = "catalog"

    def ready(self) -> None:
        # The word of our pages, instead of "Authentication and Authorization".
        apps.get_app_config("auth").verbose_name = "People"
        autodiscover_modules("checks")
        # Its receivers connect themselves when it is imported, which needs the models.
        import_module("catalog.actions.audit")
        post_migrate.connect(import_module("catalog.publishing.live").fill_live_entries, sender=self)
