"""App configuration of the deployments."""

from importlib import import_module

from django.apps import AppConfig

from catalog.usage import register_compatible


class DeploymentsConfig(AppConfig):
    name = "deployments"

    def ready(self) -> None:
        # Its models can be imported only now.
        register_compatible(import_module("deployments.actions.fitting").find_fitting)
