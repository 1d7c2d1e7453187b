"""Where targets may send to: public servers over HTTPS, this machine, and the networks that sources may use.

Reference: REGISTRY_SOURCE_NETWORKS in the settings.
"""

from django.conf import settings

from deployments.network.rules import Rules


def rules_for(home: str) -> Rules:
    """The host `home` alone may be this machine: no answer of a server elsewhere leads there."""
    return Rules(networks=tuple(settings.REGISTRY_SOURCE_NETWORKS), home=home, near_schemes=frozenset({"http"}))
