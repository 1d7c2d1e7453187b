"""App configuration of the deployments."""

from django.apps import AppConfig


class DeploymentsConfig(AppConfig):
    name = "deployments"
