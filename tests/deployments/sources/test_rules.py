"""The settings of where sources may be fetched from."""

from ipaddress import ip_network

from pytest_django import Settings

from deployments.network.rules import Rules
from deployments.sources.rules import configured_rules


def test_settings_make_the_rules(settings: Settings) -> None:
    assert configured_rules() == Rules()

    settings.REGISTRY_SOURCE_HTTP = True
    settings.REGISTRY_SOURCE_HOSTS = ["git.example.com"]
    settings.REGISTRY_SOURCE_NETWORKS = [ip_network("10.0.0.0/8")]

    assert configured_rules() == Rules(frozenset({"http", "https"}), ("git.example.com",), (ip_network("10.0.0.0/8"),))
