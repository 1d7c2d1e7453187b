"""Where targets may send to: public servers over HTTPS, and the networks that sources may use, this machine's too.

Reference: REGISTRY_SOURCE_NETWORKS in the settings.
"""

from django.conf import settings

from deployments.network.rules import Rules


def rules_for(home: str) -> Rules:
    """No host but `home` may be this machine, where the settings allow it at all: no answer leads here."""
    return Rules(networks=tuple(settings.REGISTRY_SOURCE_NETWORKS), home=home, near_schemes=frozenset({"http"}))
