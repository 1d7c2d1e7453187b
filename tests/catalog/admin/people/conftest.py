"""Here everybody has signed in before a test begins: what it compares says who did, and when."""

import pytest

from tests.catalog.admin.conftest import Browser
from tests.catalog.admin.pages import Browsers


@pytest.fixture
def by_role(by_role: Browsers) -> Browsers:
    for client in by_role.values():
        if isinstance(client, Browser):
            client.sign_in()
    return by_role
