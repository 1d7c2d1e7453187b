"""App configuration of the catalogue."""

from importlib import import_module

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        use_our_words()
        autodiscover_modules("checks")
        # Its receivers connect themselves when it is imported, which needs the models.
        import_module("catalog.actions.audit")
        post_migrate.connect(import_module("catalog.publishing.live").fill_live_entries, sender=self)


def use_our_words() -> None:
    """The words of our pages for Django's own accounts, wherever the admin names them; no migration knows of it."""
    apps.get_app_config("auth").verbose_name = "People"
    for name, word, words in (("User", "person", "people"), ("Group", "role", "roles")):
        options = apps.get_model("auth", name)._meta  # noqa: SLF001 - public in all but spelling
        options.verbose_name, options.verbose_name_plural = word, words
