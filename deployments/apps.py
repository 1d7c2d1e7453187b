"""App configuration of the deployments."""

from importlib import import_module

from django.apps import AppConfig

from catalog.usage import register_compatible, register_stored_configs, register_users


class DeploymentsConfig(AppConfig):
    name = "deployments"

    def ready(self) -> None:
        # Their models can be imported only now.
        register_compatible(import_module("deployments.actions.fitting").find_fitting)
        usage = import_module("deployments.actions.usage")
        register_users(usage.find_services)
        register_stored_configs(usage.find_configs)
        menu = import_module("catalog.admin.navigation")
        menu.register_group(import_module("deployments.admin.navigation").find_group)
