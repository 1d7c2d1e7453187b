"""Settings that let targets send to servers on this machine."""

from ipaddress import ip_network
from typing import Any

import pytest

THIS_MACHINE = [ip_network("127.0.0.0/8"), ip_network("::1/128")]


@pytest.fixture
def loopback_allowed(settings: Any) -> None:
    settings.REGISTRY_SOURCE_NETWORKS = THIS_MACHINE
