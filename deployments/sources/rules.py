"""Where sources may be fetched from."""

from django.conf import settings

from deployments.network.rules import Rules


def configured_rules() -> Rules:
    """The rules of the settings."""
    return Rules(
        schemes=frozenset({"https", "http"} if settings.REGISTRY_SOURCE_HTTP else {"https"}),
        hosts=tuple(settings.REGISTRY_SOURCE_HOSTS),
        networks=tuple(settings.REGISTRY_SOURCE_NETWORKS),
    )
