"""A logged-in browser for each demo person, and for nobody."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.actions.people import create_demo_people
from tests.catalog.admin.pages import Browsers


@pytest.fixture
def browsers(db: None, tmp_path: Path) -> Browsers:
    """One client for `anonymous`, `editor`, `publisher` and `administrator`, with the demo groups' permissions."""
    names = create_demo_people(tmp_path / "people.json")
    clients = {"anonymous": Client(), **{name: Client() for name in names}}
    for name in names:
        clients[name].force_login(User.objects.get(username=name))
    return clients
