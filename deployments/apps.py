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
        metrics = import_module("catalog.api.operations.metrics")
        metrics.register_families(import_module("deployments.api.metrics").find_families)
        menu = import_module("catalog.admin.navigation")
        menu.register_group(import_module("deployments.admin.navigation").find_group)
        import_module("catalog.admin.home.parts").register_part(import_module("deployments.admin.home").PATTERNS)
